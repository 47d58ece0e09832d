// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.stage.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** A home folder with the shipped routes and Kamelets, whose stages are {@link FakeStages}. */
record Home(Path folder, Map<String, String> properties) {

  static final Progress SILENT = new Progress() {};

  static Home in(Path folder) throws IOException {
    Home home = new Home(folder, new HashMap<>());
    home.set("i4vgen.home", folder.toString());
    home.set("i4vgen.packs", Path.of("plugins").toAbsolutePath().toString());
    home.copy(Path.of("routes"), folder.resolve("routes"));
    home.copy(Path.of("routes/kamelets"), folder.resolve("routes/kamelets"));
    return home;
  }

  private void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.writeString(to.resolve(file.getFileName()), Files.readString(file)
            .replace("#class:io.i4vgen.stage.", "#class:" + FakeStages.class.getName() + "$"));
      }
    }
  }

  Home set(String key, String value) {
    properties.put(key, value);
    return this;
  }

  /** Puts a route into the home. */
  Home route(String file, String yaml) throws IOException {
    Files.writeString(folder.resolve("routes").resolve(file + ".camel.yaml"), yaml);
    return this;
  }

  /** Changes a text in one of the home's files, which must hold it. */
  Home edit(String file, String from, String to) throws IOException {
    Path path = folder.resolve("routes").resolve(file);
    String text = Files.readString(path);
    if (!text.contains(from)) {
      throw new IllegalArgumentException(file + " has no " + from);
    }
    Files.writeString(path, text.replace(from, to));
    return this;
  }

  Configuration configuration() {
    return Configuration.load(Map.of(), properties);
  }

  Engine start(String... routes) {
    return Engine.start(configuration(), Set.of(routes), SILENT);
  }

  List<Path> files(String in) throws IOException {
    Path path = folder.resolve(in);
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(path)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
