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
    "The originals stay as they are. Exit 1 if a given file is of no use, or nothing in a given folder is of any."})
final class ModelsImport implements Callable<Integer> {

  @ParentCommand
  ModelsCommand models;

  @Spec
  CommandSpec spec;

  @Parameters(paramLabel = "FILE", arity = "1..*",
      description = "Weights, vocabularies, configurations; of a folder, the files right in it.")
  List<Path> files;

  /** Whether a file was of no kind that is known. */
  private boolean strange;

  @Override
  public Integer call() {
    Import taking = new Import(models.packs());
    boolean useful = true;
    for (Path file : files) {
      useful &= isUseful(taking, file);
    }
    if (strange) {
      spec.commandLine().getOut().println("Known are: " + Import.known());
      spec.commandLine().getOut().flush();
    }
    return useful ? 0 : 1;
  }

  /** Whether a file is, or any in a folder. */
  private boolean isUseful(Import taking, Path given) {
    PrintWriter out = spec.commandLine().getOut();
    boolean useful = false;
    for (Path file : Import.files(given)) {
      Import.Result result = taking.run(file);
      useful |= !(result instanceof Import.Refused);
      strange |= result instanceof Import.Refused refused && !refused.known();
      out.println(result.text());
      out.flush();
    }
    return useful;
  }
}
