// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import io.i4vgen.model.Packs;
import io.i4vgen.tensor.Nearest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The settings of a run. Each {@link Key} is taken from the command line, else from the environment, else from
 * {@code i4vgen.properties} in the home folder, else it has its default. The file may hold other properties too
 * ({@code camel.component.file.charset}, {@code my.guidance}): routes see them as {@code {{my.guidance}}}.
 */
public final class Configuration {

  /** The one file that settings are read from, in the home folder. */
  public static final String FILE = "i4vgen.properties";

  private static final String VARIABLE = "I4VGEN_";
  private static final Set<String> LAUNCHER = Set.of("I4VGEN_OPTS", "I4VGEN_LOG");

  private final Map<Key, String> values = new EnumMap<>(Key.class);
  private final Map<String, String> others = new TreeMap<>();
  private final Path home;

  private Configuration(Map<String, String> environment, Map<String, String> commandLine) {
    this.home = home(environment, commandLine);
    Arrays.stream(Key.values()).forEach(key -> values.put(key, key.standard()));
    readFile(home.resolve(FILE));
    readEnvironment(environment);
    commandLine.forEach((name, value) -> set(name, value, "--set " + name));
    values.put(Key.HOME, home.toString());
    Arrays.stream(Key.values()).filter(Key::isFolder).forEach(this::makeAbsolute);
  }

  /**
   * Reads the settings.
   *
   * @param environment the process's variables; those named {@code I4VGEN_...} count
   * @param commandLine what {@code --set} says
   * @throws BadJob if a key is unknown or a value out of its range; the message names the place
   */
  public static Configuration load(Map<String, String> environment, Map<String, String> commandLine) {
    return new Configuration(environment, commandLine);
  }

  public String get(Key key) {
    return values.get(key);
  }

  /** A key whose value is one folder, absolute. */
  public Path folder(Key key) {
    return Path.of(get(key));
  }

  /** A key whose value is folders, absolute. */
  public List<Path> folders(Key key) {
    return Arrays.stream(get(key).split(",")).map(Path::of).toList();
  }

  /** A key whose value is a whole number. */
  public int number(Key key) {
    return Integer.parseInt(get(key));
  }

  public Duration seconds(Key key) {
    return Duration.ofSeconds(number(key));
  }

  /** A key whose value is a size. */
  public long bytes(Key key) {
    String text = get(key);
    int shift = 10 * (1 + "KMG".indexOf(text.charAt(text.length() - 1)));
    return Long.parseLong(shift == 0 ? text : text.substring(0, text.length() - 1)) << shift;
  }

  /** Where model packs are, and where their files come from. */
  public Packs packs() {
    return new Packs(folders(Key.PACKS), URI.create(get(Key.HUB)));
  }

  /** The folder of the Kamelets. */
  public Path kamelets() {
    return RouteFolder.kamelets(folder(Key.ROUTES));
  }

  /** Everything that a route can say in double braces, but for the password. */
  public Map<String, String> properties() {
    Map<String, String> all = new TreeMap<>(others);
    values.forEach((key, value) -> all.put(key.key(), value));
    all.remove(Key.BROKER_PASSWORD.key());
    return Collections.unmodifiableMap(all);
  }

  /** The same settings with one changed. */
  public Configuration with(Key key, String value) {
    return new Configuration(this, key, value);
  }

  private Configuration(Configuration base, Key key, String value) {
    this.home = base.home;
    this.values.putAll(base.values);
    this.others.putAll(base.others);
    set(key.key(), value, key.key());
    if (key.isFolder()) {
      makeAbsolute(key);
    }
  }

  private static Path home(Map<String, String> environment, Map<String, String> commandLine) {
    String text = commandLine.getOrDefault(Key.HOME.key(),
        environment.getOrDefault(Key.HOME.variable(), Key.HOME.standard()));
    Path folder = Path.of(text).toAbsolutePath().normalize();
    if (!Files.isDirectory(folder)) {
      throw new BadJob("%s is '%s': there is no such folder".formatted(Key.HOME.key(), text));
    }
    return folder;
  }

  private void readFile(Path file) {
    if (!Files.exists(file)) {
      return;
    }
    try {
      for (PropertyLines.Line line : PropertyLines.of(Files.readString(file), file)) {
        if (line.name().equals(Key.HOME.key())) {
          throw new BadJob("%s: %s can't be set in this file, which is looked for there: set %s, or --set it"
              .formatted(line.place(), line.name(), Key.HOME.variable()));
        }
        set(line.name(), line.value(), line.place());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + file + ": " + e.getMessage(), e);
    }
  }

  private void readEnvironment(Map<String, String> environment) {
    Map<String, String> keys = Arrays.stream(Key.values()).collect(Collectors.toMap(Key::variable, Key::key));
    new TreeMap<>(environment).forEach((variable, value) -> {
      if (keys.containsKey(variable)) {
        set(keys.get(variable), value, "environment variable " + variable);
      } else if (variable.startsWith(VARIABLE) && !LAUNCHER.contains(variable)) {
        throw new BadJob("environment variable %s is unknown%s".formatted(variable,
            Nearest.hint(variable, keys.keySet())));
      }
    });
  }

  private void set(String name, String value, String place) {
    if (!Key.isOurs(name)) {
      others.put(name, value);
      return;
    }
    Key key = Key.of(name).orElseThrow(() -> new BadJob(
        "%s: '%s' is unknown%s".formatted(place, name, Nearest.hint(name, Key.names()))));
    if (!key.allows(value.strip())) {
      throw new BadJob("%s: %s is '%s': must be %s".formatted(place, name, value, key.range()));
    }
    values.put(key, value.strip());
  }

  private void makeAbsolute(Key key) {
    Stream<String> folders = key.isSeveralFolders() ? Arrays.stream(get(key).split(",")) : Stream.of(get(key));
    try {
      values.put(key, folders.map(folder -> home.resolve(folder.strip()).normalize().toString())
          .collect(Collectors.joining(",")));
    } catch (InvalidPathException e) {
      throw new BadJob("%s is '%s': that can't be a folder: %s".formatted(key.key(), get(key), e.getReason()), e);
    }
  }
}
