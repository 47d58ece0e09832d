// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.Job;
import io.i4vgen.stage.Progress;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code serve} in a process of its own, which a test can kill. */
final class ServeProcess implements AutoCloseable {

  private static final Progress TOLD = new Progress() {
    @Override
    public void resumed(Job job, String stage) {
      System.err.println(job.id() + "  goes on after " + stage);
    }

    @Override
    public void started(Job job, String stage) {
      System.err.println(job.id() + "  " + stage + " begins");
    }
  };

  private final Process process;
  private final Path log;

  private ServeProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** The process's main method: the settings as {@code key=value}. */
  public static void main(String[] settings) throws InterruptedException {
    Map<String, String> properties = new HashMap<>();
    for (String setting : settings) {
      properties.put(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
    }
    try (Engine engine = Engine.serve(Configuration.load(System.getenv(), properties), TOLD)) {
      System.err.println("serving");
      engine.await();
    }
  }

  /** Starts the process and waits until it serves. */
  static ServeProcess start(Home home, Map<String, String> environment) throws Exception {
    Path log = Files.createTempFile(home.folder(), "serve", ".log");
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m", "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC", "-DI4VGEN_LOG=INFO", "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        ServeProcess.class.getName()));
    home.properties().forEach((key, value) -> command.add(key + "=" + value));
    ProcessBuilder builder = new ProcessBuilder(command).directory(new File("").getAbsoluteFile())
        .redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    ServeProcess serve = new ServeProcess(builder.start(), log);
    serve.awaitLog("serving");
    return serve;
  }

  void awaitLog(String text) throws Exception {
    Wait.until(() -> {
      if (!process.isAlive()) {
        throw new AssertionError("the process ended:\n" + log());
      }
      return log().contains(text);
    });
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  /** What {@code kill -9} does: nothing of it runs any more. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** What {@code kill} and Ctrl-C do; its exit code. */
  int terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("still running 60 s after it was told to end");
    }
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    if (process.isAlive()) {
      kill();
    }
  }
}
