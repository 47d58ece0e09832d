// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.evaluate.reference.Outcome;
import io.i4vgen.evaluate.reference.Reference;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code i4vgen reference DIR}: holds this build's numbers against those of the original code. */
@Command(name = "reference", mixinStandardHelpOptions = true,
    description = "Run every reference case in a folder and compare its numbers; exit 1 if one differs.")
final class ReferenceCommand implements Callable<Integer> {

  @Parameters(paramLabel = "DIR", description = "A folder of case folders, or one case.")
  Path directory;

  @Spec
  CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println(Outcome.header());
    List<Outcome> outcomes = Reference.complete().run(directory, outcome -> {
      out.println(outcome.report());
      out.flush();
    });
    return outcomes.stream().allMatch(Outcome::acceptable) ? 0 : 1;
  }
}
