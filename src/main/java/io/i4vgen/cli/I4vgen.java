// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The program's commands. Exit codes: 0 done, 1 failed, 2 wrong usage. */
@Command(name = "i4vgen", mixinStandardHelpOptions = true, version = "i4vgen 0.1.0",
    description = "Text-to-video pipelines as Apache Camel routes.",
    subcommands = {Generate.class, SweepCommand.class, Serve.class, ReferenceCommand.class, Bench.class,
        Evaluate.class, SampleVbench.class, Info.class, RoutesCommand.class,
        ModelsCommand.class, ProgramCommand.class})
public final class I4vgen {

  @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show stack traces and the libraries' log.")
  boolean debug;

  @Option(names = "--set", scope = ScopeType.INHERIT, paramLabel = "KEY=VALUE",
      description = "Set a property of i4vgen.properties for this run; may be repeated.")
  Map<String, String> properties = new LinkedHashMap<>();

  public static void main(String[] arguments) {
    // numbers look alike for everybody, as in the documentation and in the files that they are copied to
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    System.exit(run(arguments));
  }

  /** Runs one command line and returns its exit code. */
  public static int run(String... arguments) {
    I4vgen program = new I4vgen();
    return new CommandLine(program)
        .setExecutionStrategy(parsed -> {
          boolean serving = parsed.hasSubcommand() && parsed.subcommand().commandSpec().name().equals("serve");
          boolean quiet = parsed.hasSubcommand() && parsed.subcommand().hasMatchedOption("--quiet");
          Logging.configure(program.debug, serving ? "INFO" : "WARN", quiet ? "WARN" : "INFO", System.getenv());
          return new CommandLine.RunLast().execute(parsed);
        })
        .setParameterExceptionHandler((e, args) -> Failure.report(e))
        .setExecutionExceptionHandler((e, command, parsed) -> Failure.report(e, program.debug, command.getErr()))
        .execute(arguments);
  }
}
