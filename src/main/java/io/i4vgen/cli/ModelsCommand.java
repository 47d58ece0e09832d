// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.camel.Configuration;
import io.i4vgen.model.Packs;
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
}
