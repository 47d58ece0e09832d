// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.camel.Configuration;
import io.i4vgen.model.PackException;
import io.i4vgen.model.Packs;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code i4vgen models}: what models there are, and how their files come here. */
@Command(name = "models", mixinStandardHelpOptions = true,
    description = "List, check and fetch the model packs' files.",
    subcommands = {ModelsList.class, ModelsCheck.class, ModelsPull.class, ModelsImport.class})
final class ModelsCommand implements Runnable {

  @ParentCommand
  I4vgen program;

  @Spec
  CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "models: say which of "
        + String.join(", ", spec.subcommands().keySet()));
  }

  Packs packs() {
    return Configuration.load(System.getenv(), program.properties).packs();
  }

  /**
   * All packs, among which these must be.
   *
   * @param names or folders
   * @throws ParameterException if there is none of such a name
   */
  Packs packs(List<String> names, CommandSpec command) {
    Packs packs = packs();
    try {
      packs.require(names);
      return packs;
    } catch (PackException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }
}
