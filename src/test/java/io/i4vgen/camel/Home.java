// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.stage.Progress;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** A home folder with the shipped Kamelets and four of the routes, whose stages are {@link FakeStages}. */
record Home(Path folder, Map<String, String> properties) {

  static final Progress SILENT = new Progress() {};

  static Home in(Path folder) throws IOException {
    Home home = new Home(folder, new HashMap<>());
    home.set("i4vgen.home", folder.toString());
    home.set("i4vgen.packs", Path.of("plugins").toAbsolutePath().toString());
    Files.createDirectories(folder.resolve("routes/kamelets"));
    for (String route : List.of("i4vgen", "text-to-video", "inbox", "queue")) {
      home.copy(Path.of("routes", route + ".camel.yaml"));
    }
    try (Stream<Path> files = Files.list(Path.of("routes/kamelets"))) {
      for (Path file : files.toList()) {
        home.copy(file);
      }
    }
    return home;
  }

  private void copy(Path file) throws IOException {
    Files.writeString(folder.resolve(file), Files.readString(file)
        .replace("#class:io.i4vgen.stage.", "#class:" + FakeStages.class.getName() + "$"));
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

  void clear(String path) {
    if (!Files.exists(folder.resolve(path))) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder.resolve(path))) {
      all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
