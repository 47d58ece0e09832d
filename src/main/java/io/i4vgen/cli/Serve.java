// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.camel.Configuration;
import io.i4vgen.camel.Engine;
import io.i4vgen.camel.Key;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code i4vgen serve}: every route of the folder, until it is told to stop. */
@Command(name = "serve", mixinStandardHelpOptions = true,
    description = "Run all routes: watch the inbox folder and the prompts queue until stopped (Ctrl-C).")
final class Serve implements Callable<Integer> {

  @ParentCommand
  I4vgen program;

  @Override
  public Integer call() throws Exception {
    Configuration configuration = Configuration.load(System.getenv(), program.properties);
    try (Engine engine = Engine.serve(configuration, new LogProgress())) {
      System.err.printf("i4vgen: watching the folder %s and the queue %s; stop with Ctrl-C%n",
          configuration.get(Key.INBOX), configuration.get(Key.QUEUE_PROMPTS));
      Runtime.getRuntime().addShutdownHook(new Thread(new Stopping(engine::open,
          configuration.seconds(Key.SHUTDOWN), engine.models()::counts), "i4vgen stopping"));
      engine.await();
    }
    return 0;
  }
}
