// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.model.Bytes;
import io.i4vgen.model.PackException;
import io.i4vgen.model.PackFile;
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

/** {@code i4vgen models list}: what is there and what is missing. */
@Command(name = "list", mixinStandardHelpOptions = true,
    description = "Show which packs there are and how much of each is missing; of named packs, every file.")
final class ModelsList implements Callable<Integer> {

  @ParentCommand
  ModelsCommand models;

  @Spec
  CommandSpec spec;

  @Parameters(paramLabel = "PACK", arity = "0..*", description = "Packs, by name or folder. Default: all, in short.")
  List<String> names = List.of();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Packs packs = models.packs(names, spec);
    names.forEach(name -> details(out, Stock.of(packs.outline(name), packs.hub()), packs));
    boolean right = !names.isEmpty() || all(packs, out);
    out.flush();
    return right ? 0 : 1;
  }

  /** Every pack; one with a wrong description does not hide the others. */
  private static boolean all(Packs packs, PrintWriter out) {
    boolean right = true;
    out.printf("%-24s %-8s %-10s %s%n", "pack", "files", "here", "missing");
    for (String name : packs.names()) {
      try {
        line(out, Stock.of(packs.outline(name), packs.hub()));
      } catch (PackException e) {
        out.printf("%-24s %s%n", name, e.getMessage());
        right = false;
      }
    }
    return right;
  }

  private static void line(PrintWriter out, Stock stock) {
    List<Stock.Item> here = stock.items(true);
    out.printf("%-24s %-8s %-10s %s%n", stock.pack().name(), here.size() + "/" + stock.items().size(),
        here.isEmpty() ? "-" : Bytes.text(here.stream().mapToLong(ModelsList::size).sum()),
        missing(stock.items(false)) + unsure(stock.items().stream().filter(Stock.Item::isUnsure).toList()));
  }

  private static String unsure(List<Stock.Item> items) {
    return items.isEmpty() ? "" : "; size unknown: " + names(items);
  }

  private static String names(List<Stock.Item> items) {
    return String.join(", ", items.stream().map(item -> item.path().getFileName().toString()).toList());
  }

  private static long size(Stock.Item item) {
    return item.isHere() ? item.path().toFile().length() : Math.max(0, item.file().bytes());
  }

  private static String missing(List<Stock.Item> items) {
    if (items.isEmpty()) {
      return "-";
    }
    List<Stock.Item> unknown = items.stream().filter(item -> !item.file().hasSize()).toList();
    String known = Bytes.text(items.stream().mapToLong(ModelsList::size).sum());
    return known + (unknown.isEmpty() ? "" : ", and " + names(unknown));
  }

  private static void details(PrintWriter out, Stock stock, Packs packs) {
    out.printf("%s: %s%n", stock.pack().name(), stock.pack().about().description());
    out.printf("  license: %s%n", stock.pack().about().license().strip());
    stock.pack().about().vocabulary().topics().forEach((topic, words) ->
        out.printf("  knows %s: %s%n", topic, String.join(", ", words)));
    for (Stock.Item item : stock.items()) {
      PackFile file = item.file();
      String size = item.isHere() || file.hasSize() ? Bytes.text(size(item)) : "?";
      out.printf("  %-8s %8s  %s%s%s%n", item.isHere() ? "here" : "missing", size, item.path(),
          file.hub().map(hub -> "  from " + hub.url(packs.hub())).orElse(""),
          item.isUnsure() ? "  (size unknown: it may have been cut off)" : "");
    }
  }
}
