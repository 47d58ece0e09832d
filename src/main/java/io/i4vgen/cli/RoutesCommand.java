// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.camel.Configuration;
import io.i4vgen.camel.Kamelet;
import io.i4vgen.camel.Key;
import io.i4vgen.camel.RouteFolder;
import io.i4vgen.camel.RouteOutline;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code i4vgen routes}: what there is for {@code --route}, and for {@code --option}. Starts nothing. */
@Command(name = "routes", mixinStandardHelpOptions = true,
    description = "Show which routes there are; of named routes, every step and the options that it takes.")
final class RoutesCommand implements Callable<Integer> {

  @ParentCommand
  I4vgen program;

  @Spec
  CommandSpec spec;

  @Parameters(paramLabel = "ROUTE", arity = "0..*", description = "Routes, by their ids. Default: all, in short.")
  List<String> names = List.of();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Configuration configuration = Configuration.load(System.getenv(), program.properties);
    RouteFolder folder = RouteFolder.open(configuration.folder(Key.ROUTES));
    if (names.isEmpty()) {
      folder.outlines().forEach(route -> out.printf("%-24s %s%s%n", route.id(), route.description(), door(route)));
    }
    List<RouteOutline> named = names.stream().map(folder::outline).toList();
    named.forEach(route -> details(out, route, folder, folder.model(route.id(), configuration.get(Key.MODEL))));
    folder.unread().forEach(out::println);
    out.flush();
    return folder.unread().isEmpty() ? 0 : 1;
  }

  private static String door(RouteOutline route) {
    return route.isPipeline() ? "" : " (serve, from %s)".formatted(route.uri());
  }

  private static void details(PrintWriter out, RouteOutline route, RouteFolder folder, String model) {
    out.printf("%s: %s%s%n  in %s%s%n", route.id(), route.description(), door(route), route.file(),
        route.isPipeline() ? ", with the model " + model + "; set what a step takes with --option NAME=VALUE" : "");
    route.kamelets().forEach(name -> folder.step(name).ifPresentOrElse(step -> details(out, step),
        () -> out.printf("  %-16s (has no file in the folder kamelets)%n", name)));
  }

  private static void details(PrintWriter out, Kamelet step) {
    out.printf("  %-16s %s%n", step.name(), step.description());
    step.parameters().forEach((name, parameter) ->
        out.printf("    %s.%s: %s%n      %s%n", step.name(), name, parameter.values(), parameter.description()));
  }
}
