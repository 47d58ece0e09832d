// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.model.Packs;
import io.i4vgen.model.hub.HubClient;
import io.i4vgen.model.hub.Patience;
import io.i4vgen.model.hub.Pull;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code i4vgen models pull}: fetches what is missing. */
@Command(name = "pull", mixinStandardHelpOptions = true, description = {
    "Fetch the files of packs that are not there, or damaged, from the hub (i4vgen.hub).",
    "May be ended at any time: the next run goes on. HF_TOKEN is the account's token, where one is needed."})
final class ModelsPull implements Callable<Integer> {

  /** The hub's own programs read it, too. */
  private static final String TOKEN = "HF_TOKEN";

  @ParentCommand
  ModelsCommand models;

  @Spec
  CommandSpec spec;

  @Parameters(paramLabel = "PACK", arity = "1..*", description = "Packs, by name or folder.")
  List<String> names;

  @Override
  public Integer call() {
    Packs packs = models.packs(names, spec);
    HubClient client = new HubClient(packs.hub(), Optional.ofNullable(System.getenv(TOKEN)),
        Patience.USUAL.silence());
    PullProgress progress = new PullProgress(StatusLine.of(spec.commandLine().getErr()));
    int fetched = new Pull(packs, client, Patience.USUAL, progress).run(names);
    spec.commandLine().getOut().printf("%s: %s%n", String.join(", ", names),
        (fetched == 0 ? "everything is there" : fetched + (fetched == 1 ? " file" : " files") + " fetched")
            + (progress.unsure() == 0 ? "" : ", as far as is known: " + progress.unsure() + " of unknown size"));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
