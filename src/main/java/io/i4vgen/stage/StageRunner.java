// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.generation.Generation;
import io.i4vgen.tensor.Scope;
import java.time.Duration;

/** Runs a stage within a scope of its own, so that it leaves nothing behind but what it put into the generation. */
public final class StageRunner {

  private final StageContext context;

  public StageRunner(StageContext context) {
    this.context = context;
  }

  public StageContext context() {
    return context;
  }

  /** Runs {@code stage} and tells the progress; whatever it throws passes through. */
  public Generation run(Stage stage, Generation in) {
    context.progress().started(in.job(), stage.name());
    long start = System.nanoTime();
    Generation out;
    try (Scope scope = new Scope()) {
      out = stage.run(in, context);
    }
    context.progress().finished(out, stage.name(), Duration.ofNanos(System.nanoTime() - start));
    return out;
  }
}
