// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.model.hub.Import;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code i4vgen models import}: takes files over that are on this machine already. */
@Command(name = "import", mixinStandardHelpOptions = true, description = {
    "Find out which files of which packs these are, and put them there: linked where the disk can, else copied.",
    "The originals stay as they are. Exit 1 if one is of no use."})
final class ModelsImport implements Callable<Integer> {

  @ParentCommand
  ModelsCommand models;

  @Spec
  CommandSpec spec;

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "Weights, vocabularies, configurations.")
  List<Path> files;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Import taking = new Import(models.packs());
    int refused = 0;
    for (Path file : files) {
      Import.Result result = taking.run(file);
      refused += result instanceof Import.Refused ? 1 : 0;
      out.println(result.text());
      out.flush();
    }
    return refused == 0 ? 0 : 1;
  }
}
