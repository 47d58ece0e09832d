// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import io.i4vgen.tensor.Nearest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The route files of a folder: {@code *.camel.yaml}. */
public final class RouteFolder {

  private static final String DIRECT = "direct:";
  private static final String ENDING = ".camel.yaml";

  private final Path folder;
  private final List<RouteFile> files;

  private RouteFolder(Path folder, List<RouteFile> files) {
    this.folder = folder;
    this.files = files;
  }

  /** @throws BadJob if there is no such folder, nothing in it, or two routes in it that are called alike */
  public static RouteFolder open(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new BadJob("%s is '%s': there is no such folder".formatted(Key.ROUTES.key(), folder));
    }
    try (Stream<Path> all = Files.list(folder)) {
      List<RouteFile> files = all.filter(file -> file.toString().endsWith(ENDING)).sorted()
          .map(RouteFile::read).toList();
      if (files.isEmpty()) {
        throw new BadJob("%s is '%s': holds no *.camel.yaml".formatted(Key.ROUTES.key(), folder));
      }
      RouteTwins.refuse(files);
      return new RouteFolder(folder, files);
    } catch (IOException e) {
      throw new UncheckedIOException("can't list " + folder + ": " + e.getMessage(), e);
    }
  }

  /** The ids of all routes, in the order of the files. */
  public List<String> routes() {
    return files.stream().flatMap(file -> file.routes().keySet().stream()).toList();
  }

  /** The ids of the routes that make videos: those that take jobs at {@code direct:ID}. */
  public List<String> pipelines() {
    return outlines().stream().filter(RouteOutline::isPipeline).map(RouteOutline::id).toList();
  }

  /** What the routes say of themselves, in the order of the files. */
  public List<RouteOutline> outlines() {
    return files.stream().flatMap(file -> file.heads().stream().filter(head -> !head.id().isEmpty())
        .map(head -> new RouteOutline(head.id(), head.description(), head.uri(), file.file(), head.kamelets())))
        .toList();
  }

  /**
   * The same of one.
   *
   * @throws BadJob if it is in no file
   */
  public RouteOutline outline(String id) {
    return outlines().stream().filter(route -> route.id().equals(id)).findFirst()
        .orElseThrow(() -> new BadJob(missing(id)));
  }

  /**
   * What a step says of itself; nothing if it has no file.
   *
   * @throws BadJob if its file is no YAML
   */
  public Optional<Kamelet> step(String kamelet) {
    return Kamelet.find(kamelets(folder), kamelet);
  }

  /** What is wrong with the files that can't be read, with their places. */
  public List<String> unread() {
    return files.stream().map(RouteFile::problem).filter(Objects::nonNull).toList();
  }

  /** Where the steps of the routes in {@code folder} are described. */
  static Path kamelets(Path folder) {
    return folder.resolve("kamelets");
  }

  /**
   * The model of jobs that name none: the one that the route says, in a step that sets the variable {@code model}.
   *
   * @param usual the model if it says none
   */
  public String model(String route, String usual) {
    return files.stream().map(file -> file.models().get(route)).filter(Objects::nonNull).findFirst().orElse(usual);
  }

  /**
   * The id of a pipeline.
   *
   * @throws BadJob if {@code name} is none, with the nearest one
   */
  public String pipeline(String name) {
    String begin = files.stream().map(file -> file.routes().get(name)).filter(Objects::nonNull).findFirst().orElse("");
    if (!begin.isEmpty() && !begin.equals(DIRECT + name)) {
      throw new BadJob((begin.startsWith(DIRECT) ? "route '%s' begins with '%s', but a pipeline with 'direct:%s'"
          : "route '%s' is no pipeline: it takes jobs from '%s' when `i4vgen serve` runs")
          .formatted(name, begin, name) + "; pipelines are " + String.join(", ", pipelines()));
    }
    if (!pipelines().contains(name)) {
      throw new BadJob("route '%s' is unknown%s; %s has %s%s".formatted(name, Nearest.hint(name, pipelines()),
          folder, String.join(", ", pipelines()), problems()));
    }
    return name;
  }

  /** The pipelines, each alone in its file, with one of some steps among theirs. */
  List<String> pipelinesWith(Collection<String> stages) {
    Set<String> steps = stages.stream().map("kamelet:i4vgen-%s-action"::formatted).collect(Collectors.toSet());
    return files.stream().filter(file -> file.heads().size() == 1
            && file.uris().stream().anyMatch(uri -> steps.contains(uri.split("\\?")[0])))
        .flatMap(file -> file.routes().keySet().stream()).filter(pipelines()::contains).toList();
  }

  /**
   * Refuses a file where a route is to be named.
   *
   * @param option what says it, for the message
   * @throws BadJob if {@code route} is written as files are
   */
  public static void requireName(String option, String route) {
    String name = route.replaceAll(".*[/\\\\]|(\\.camel)?\\.ya?ml$", "");
    if (!name.equals(route)) {
      throw new BadJob("%s '%s': takes a route's name, such as %s, not its file".formatted(option, route,
          name.isEmpty() ? Key.ROUTE.standard() : name));
    }
  }

  /**
   * The files that hold the routes {@code ids}, and those that these call by {@code direct:}.
   *
   * @throws BadJob if one is in no file
   */
  Set<RouteFile> with(Collection<String> ids) {
    Deque<RouteFile> open = new ArrayDeque<>();
    for (String id : ids) {
      open.add(files.stream().filter(file -> file.routes().containsKey(id)).findFirst()
          .orElseThrow(() -> new BadJob(missing(id))));
    }
    Set<RouteFile> found = new LinkedHashSet<>();
    while (!open.isEmpty()) {
      RouteFile file = open.remove();
      if (found.add(file)) {
        file.uris().stream().map(uri -> uri.split("\\?")[0]).filter(uri -> uri.startsWith(DIRECT))
            .forEach(uri -> files.stream().filter(other -> other.serves(uri)).forEach(open::add));
      }
    }
    return found;
  }

  /**
   * The file of a route that is nothing but steps of ours, one after the other; none for others.
   *
   * @throws BadJob if it is in no file
   */
  Optional<Path> chain(String id) {
    Set<RouteFile> found = with(List.of(id));
    return found.stream().filter(file -> found.size() == 1 && file.chains().containsKey(id)).map(RouteFile::file)
        .findFirst();
  }

  /**
   * The file and the line of each step of such a route, {@code i4vgen.camel.yaml:9}; none for others.
   *
   * @throws BadJob if it is in no file
   */
  List<String> places(String id) {
    return chain(id).isEmpty() ? List.of() : files.stream().filter(file -> file.chains().containsKey(id)).findFirst()
        .map(file -> file.chains().get(id).stream().map(line -> file.file().getFileName() + ":" + line).toList())
        .orElseThrow();
  }

  /**
   * Every file.
   *
   * @throws BadJob if one can't be read
   */
  Set<RouteFile> all() {
    if (!problems().isEmpty()) {
      throw new BadJob(problems().substring(2));
    }
    return new LinkedHashSet<>(files);
  }

  /** A route is called by its id, but whoever wrote {@code NAME.camel.yaml} may think that it is called by that. */
  private String missing(String id) {
    requireName("route", id);
    Optional<RouteFile> unread = files.stream().filter(file -> file.problem() != null
        && file.file().getFileName().toString().equals(id + ENDING)).findFirst();
    return unread.isPresent() ? unread.get().problem() : files.stream().filter(file -> file.problem() == null
            && file.file().getFileName().toString().equals(id + ENDING)).findFirst()
        .map(file -> "route '%s' is not in %s, which has %s: a route is called by its id, so write 'id: %s' there, or"
            .formatted(id, file.file(), file.routes().isEmpty() ? "no route with an id"
                : "the id " + String.join(", ", file.routes().keySet()), id) + " ask for that id")
        .orElseGet(() -> "route '%s' is in no file of %s%s%s".formatted(id, folder, instead(id), problems()));
  }

  private String instead(String id) {
    String hint = Nearest.hint(id, routes());
    return hint.isEmpty() && !routes().isEmpty() ? "; there are " + String.join(", ", routes()) : hint;
  }

  private String problems() {
    return unread().stream().map(problem -> "; " + problem).collect(Collectors.joining());
  }
}
