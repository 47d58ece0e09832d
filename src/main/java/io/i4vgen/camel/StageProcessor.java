// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.Generation;
import io.i4vgen.stage.Stage;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.CamelContextHelper;

/**
 * Runs a stage as a step of a route: the message's body goes in as a {@link Generation}, or anything that can become
 * one (a job, a prompt, a generation's file), and the next generation comes out as the body. Each Kamelet makes one
 * around its stage.
 */
public final class StageProcessor implements Processor {

  /** The exchange property that holds what has come of the job so far, whatever the body has become since. */
  static final String OUTCOME = "i4vgen.outcome";

  /** The exchange property that holds the pipeline which the job is for, if it came through a door. */
  static final String ROUTE = "i4vgen.route";

  private final Stage stage;

  public StageProcessor(Stage stage) {
    this.stage = stage;
  }

  Stage stage() {
    return stage;
  }

  @Override
  public void process(Exchange exchange) throws Exception {
    Workshop workshop = CamelContextHelper.mandatoryFindSingleByType(exchange.getContext(), Workshop.class);
    Generation in = workshop.owned(exchange.getMessage().getMandatoryBody(Generation.class), exchange);
    Optional<Checkpoint> checkpoint = Checkpoint.of(exchange);
    Optional<Generation> past = checkpoint.flatMap(one -> one.past(stage, in, file -> workshop.read(file, exchange)));
    if (past.isPresent()) {
      give(exchange, past.get());
      return;
    }
    workshop.run(stage, in, out -> {
      give(exchange, workshop.owned(out, exchange));
      checkpoint.ifPresent(one -> one.made(in, out));
    });
  }

  private static void give(Exchange exchange, Generation out) {
    exchange.getMessage().setBody(out);
    exchange.setProperty(OUTCOME, Outcome.of(out));
  }
}
