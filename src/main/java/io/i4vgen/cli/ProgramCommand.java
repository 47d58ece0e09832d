// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.network.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code i4vgen program NAME --out FILE}: a network as the TorchScript archive that this program itself loads. It holds
 * source and no weights, so it is the same for every checkpoint; {@code torch.jit.load} opens it.
 */
@Command(name = "program", mixinStandardHelpOptions = true,
    description = "Write a network's TorchScript archive, which torch.jit.load opens. It holds no weights: they are the"
        + " last argument of every call, a dictionary by the names of the checkpoint.")
final class ProgramCommand implements Callable<Integer> {

  @Parameters(paramLabel = "NAME", description = "The network: clip_text, image_reward, lavie_unet, sparsectrl, taesd,"
      + " unet or vae.")
  String name;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where to write it.")
  Path file;

  @Spec
  CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (!Program.NAMES.contains(name)) {
      throw new ParameterException(spec.commandLine(),
          "no network '%s'; there are %s".formatted(name, String.join(", ", Program.NAMES)));
    }
    Writable.requireFile(file, "--out");
    Files.write(file, Program.archive(name));
    spec.commandLine().getOut().println(file);
    return 0;
  }
}
