// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.model.PackCheck;
import io.i4vgen.model.PackException;
import io.i4vgen.model.PackOutline;
import io.i4vgen.model.Packs;
import io.i4vgen.model.hub.Stock;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code i4vgen models check}: whether what is there is what it should be. */
@Command(name = "check", mixinStandardHelpOptions = true, description = {
    "Compare sizes and checksums of packs' files, and names and shapes of their weights with what the networks need.",
    "Nothing is loaded. Exit 1 if there is a fault; each is listed."})
final class ModelsCheck implements Callable<Integer> {

  @ParentCommand
  ModelsCommand models;

  @Spec
  CommandSpec spec;

  @Parameters(paramLabel = "PACK", arity = "0..*",
      description = "Packs, by name or folder. Default: all whose files are there.")
  List<String> names = List.of();

  @Override
  public Integer call() {
    Packs packs = models.packs(names, spec);
    PrintWriter out = spec.commandLine().getOut();
    int faulty = 0;
    for (String name : names.isEmpty() ? packs.names() : names) {
      faulty += check(name, packs, out) ? 0 : 1;
      out.flush();
    }
    return faulty == 0 ? 0 : 1;
  }

  private boolean check(String name, Packs packs, PrintWriter out) {
    try {
      Stock stock = Stock.of(packs.outline(name), packs.hub());
      PackOutline pack = stock.pack();
      if (names.isEmpty() && stock.items(false).size() > 0) {
        out.printf("%-24s not checked: not all of its files are here (./i4vgen models pull %s)%n", name, pack.name());
        return true;
      }
      StatusLine reading = StatusLine.of(spec.commandLine().getErr());
      List<String> faults = new PackCheck(pack, packs.hub()).faults(reading::redraw);
      reading.redraw("");
      out.printf("%-24s %s%n", name, faults.isEmpty() ? "in order: %d files".formatted(pack.files().size())
          : faults.size() + (faults.size() == 1 ? " fault" : " faults"));
      faults.forEach(fault -> out.println("  " + fault));
      stock.doubt(faults);
      return faults.isEmpty();
    } catch (PackException e) {
      out.printf("%-24s 1 fault%n  %s%n", name, e.getMessage());
      return false;
    }
  }
}
