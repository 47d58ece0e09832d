// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** What can be set in {@code i4vgen.properties}, the environment and on the command line; all of it is optional. */
public enum Key {
  /** Folder of the installation; all other folders are relative to it. */
  HOME("home", ".", Form.TEXT),
  /** Folder of the routes, with the Kamelets in {@code kamelets} below it. */
  ROUTES("routes", "routes", Form.FOLDER),
  /** Folders of model packs, with commas between them. */
  PACKS("packs", "plugins", Form.FOLDERS),
  /** Where {@code models pull} fetches packs' files. */
  HUB("hub", "https://huggingface.co", Form.WEB),
  /** Model of jobs that name none. */
  MODEL("model", "shapes", Form.TEXT),
  /** Route of jobs that name none. */
  ROUTE("route", "i4vgen", Form.TEXT),
  /** Folder for videos whose name says no other. */
  OUTPUT("output", "outbox", Form.FOLDER),
  /** Folder of pictures that jobs from outside may name. */
  IMAGES("images", "images", Form.FOLDER),
  /** Folder of low-rank updates (LoRA) that jobs from outside may name. */
  LORAS("loras", "loras", Form.FOLDER),
  /** Name of a video in the output folder, whose ending says the format; {@code {id}} stands for the job's id. */
  FILE("file", "{id}", Form.NAME),
  /** Folder that {@code serve} watches for jobs. */
  INBOX("inbox", "inbox", Form.FOLDER),
  /** Folder of what must outlive a restart: the journal of the embedded broker, the attempts at jobs. */
  STATE("state", "state", Form.FOLDER),
  /** Where networks run. */
  DEVICE("device", "auto", Form.DEVICE),
  /** How networks calculate. {@code auto}: as each pack says, which is {@code fp32} if it says nothing. */
  PRECISION("precision", "auto", Form.PRECISION),
  /** Where weights are that are used as they are stored: {@code mapped} files, or {@code copied} into memory. */
  WEIGHTS("weights", "mapped", Form.WEIGHTS),
  /** How much memory loaded networks may take before the ones used least are dropped. */
  CACHE("cache.maximum-bytes", "8G", Form.SIZE),
  /** How many steps of jobs run at the same time. */
  CONCURRENT("concurrent", "1", Form.COUNT),
  /** How many seconds a shutdown waits for running jobs. */
  SHUTDOWN("shutdown-seconds", "30", Form.SECONDS),
  /** The message broker: {@code vm://0} for the embedded one, {@code tcp://host:61616} for another. */
  BROKER_URL("broker.url", "vm://0", Form.BROKER),
  /** Where the embedded broker listens for STOMP and CORE clients. */
  BROKER_TCP("broker.tcp", "off", Form.ACCEPTOR),
  /** User name at the broker. */
  BROKER_USER("broker.user", "", Form.ANY),
  /** Password at the broker. */
  BROKER_PASSWORD("broker.password", "", Form.ANY),
  /** Queue that jobs are read from. */
  QUEUE_PROMPTS("queue.prompts", "i4vgen.prompts", Form.QUEUE),
  /** Queue that results and errors are written to. */
  QUEUE_VIDEOS("queue.videos", "i4vgen.videos", Form.QUEUE),
  /** Queue for jobs that failed at every attempt. */
  QUEUE_DEAD("queue.dead", "i4vgen.dead", Form.QUEUE),
  /** How many jobs are taken from the queue at the same time. */
  QUEUE_CONSUMERS("queue.consumers", "1", Form.COUNT),
  /** How often a job is attempted. */
  QUEUE_ATTEMPTS("queue.attempts", "3", Form.COUNT),
  /** How many seconds the embedded broker waits before the second attempt; twice that before the third. */
  QUEUE_DELAY("queue.delay-seconds", "5", Form.SECONDS);

  private static final String PREFIX = "i4vgen.";

  private final String key;
  private final String standard;
  private final Form form;

  Key(String name, String standard, Form form) {
    this.key = PREFIX + name;
    this.standard = standard;
    this.form = form;
  }

  /** Its name in the file and on the command line, {@code i4vgen.broker.url}. */
  public String key() {
    return key;
  }

  /** Its name in the environment, {@code I4VGEN_BROKER_URL}. */
  public String variable() {
    return key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** What holds if nobody sets it. */
  public String standard() {
    return standard;
  }

  /** What its values must be, in words. */
  public String range() {
    return form.range;
  }

  boolean isFolder() {
    return form == Form.FOLDER || isSeveralFolders();
  }

  /** Whether a comma in its value ends a folder's name, in which there can be none then. */
  boolean isSeveralFolders() {
    return form == Form.FOLDERS;
  }

  boolean allows(String value) {
    return form.allowed.test(value);
  }

  static Optional<Key> of(String name) {
    return Arrays.stream(values()).filter(key -> key.key.equals(name)).findFirst();
  }

  static List<String> names() {
    return Arrays.stream(values()).map(Key::key).toList();
  }

  static boolean isOurs(String name) {
    return name.startsWith(PREFIX);
  }

  private enum Form {
    TEXT("a text that is not empty", text -> !text.isBlank()),
    ANY("any text", text -> true),
    NAME("a file's name without a folder", "[^/\\\\]*[^/\\\\.][^/\\\\]*"),
    FOLDER("a folder", text -> !text.isBlank()),
    FOLDERS("folders with commas between them", text -> Arrays.stream(text.split(",", -1)).noneMatch(String::isBlank)),
    DEVICE("auto, cpu, cuda, cuda:0, cuda:1, ... (or gpu, gpu:0, ...)", "auto|cpu|(cuda|gpu)(:\\d{1,2})?"),
    PRECISION("auto, fp32, fp16 or bf16", "auto|fp32|fp16|bf16"),
    WEIGHTS("mapped or copied", "mapped|copied"),
    SIZE("a number of bytes, with K, M or G behind it for multiples of 1024", "[1-9]\\d{0,11}[KMG]?"),
    COUNT("a whole number from 1 to 64", "[1-9]|[1-5]\\d|6[0-4]"),
    SECONDS("a whole number of seconds from 0 to 86400", text -> text.matches("\\d{1,5}") && number(text) <= 86400),
    WEB("an address that begins with https:// or http://", "https?://[^\\s/?#]+(/[^\\s?#]*)?"),
    BROKER("vm://NUMBER, or tcp://HOST:PORT with options", "vm://\\d+|\\(?tcp://[^\\s:]+:\\d+\\S*"),
    ACCEPTOR("off, or HOST:PORT", "off|(\\[[0-9A-Fa-f:]+]|[^\\s:]+):\\d{1,5}"),
    QUEUE("letters, digits, '.', '_' and '-'", "[A-Za-z0-9._-]+");

    private final String range;
    private final Predicate<String> allowed;

    Form(String range, Predicate<String> allowed) {
      this.range = range;
      this.allowed = allowed;
    }

    Form(String range, String pattern) {
      this(range, text -> text.matches(pattern));
    }

    private static int number(String text) {
      return Integer.parseInt(text);
    }
  }
}
