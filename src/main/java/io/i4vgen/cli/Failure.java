// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.camel.Causes;
import io.i4vgen.tensor.Nearest;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a user sees when something went wrong: one line, and an exit code. */
final class Failure {

  private Failure() {}

  /** Reports {@code failure} in one line, or with its stack trace, and returns the exit code. */
  static int report(Exception failure, boolean trace, PrintWriter err) {
    err.println("i4vgen: " + Causes.message(failure));
    if (trace) {
      failure.printStackTrace(err);
    }
    err.flush();
    return Causes.isBadJob(failure) ? 2 : 1;
  }

  /** Reports a command line that was written wrongly, with the word that may have been meant. */
  static int report(ParameterException failure) {
    PrintWriter err = failure.getCommandLine().getErr();
    err.println("i4vgen: " + said(failure) + " (see --help)");
    err.flush();
    return 2;
  }

  private static String said(ParameterException failure) {
    if (!(failure instanceof UnmatchedArgumentException unmatched) || unmatched.getUnmatched().isEmpty()) {
      return failure.getArgSpec() instanceof OptionSpec option && failure.getValue() != null
          ? misfit(option, failure.getValue()).orElse(failure.getMessage()) : failure.getMessage();
    }
    CommandLine command = failure.getCommandLine();
    String wrong = unmatched.getUnmatched().get(0);
    if (wrong.startsWith("-")) {
      return unknown("option", wrong.split("=")[0], command.getCommandSpec().optionsMap().keySet());
    } else if (!command.getSubcommands().isEmpty()) {
      return unknown("command", wrong, command.getSubcommands().keySet());
    }
    return "%s takes no %sargument '%s'%s".formatted(command.getCommandName(), takesSome(command) ? "further " : "",
        wrong, takesSome(command) ? ": a text of several words needs quotes" : "");
  }

  /** What an option's value must be, as far as its type says. */
  private static Optional<String> misfit(OptionSpec option, String value) {
    Class<?> type = option.typeInfo().getType();
    String form = option.typeInfo().isMap() ? option.paramLabel()
        : Set.of(Long.class, long.class, Integer.class, int.class).contains(type) ? "a whole number" : null;
    return Optional.ofNullable(form).map(expected ->
        "%s '%s': must be %s".formatted(option.longestName(), value, expected));
  }

  private static boolean takesSome(CommandLine command) {
    return !command.getCommandSpec().positionalParameters().isEmpty();
  }

  private static String unknown(String kind, String wrong, Collection<String> known) {
    // anything is near to an option of one letter
    return "there is no %s '%s'%s".formatted(kind, wrong, wrong.length() <= 2 ? "" : Nearest.hint(wrong, known));
  }
}
