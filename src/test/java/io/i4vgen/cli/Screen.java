// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What a command prints, while a test runs. */
final class Screen implements BeforeEachCallback, AfterEachCallback {

  final ByteArrayOutputStream out = new ByteArrayOutputStream();
  final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final PrintStream screen = System.out;
  private final PrintStream errors = System.err;

  @Override
  public void beforeEach(ExtensionContext context) {
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    System.setOut(screen);
    System.setErr(errors);
  }

  /** Runs {@code generate} with the options that a test class always gives, and more; returns its exit status. */
  static int generate(String prompt, String[] always, String... more) {
    List<String> arguments = new ArrayList<>(List.of("generate", prompt));
    Collections.addAll(arguments, always);
    Collections.addAll(arguments, more);
    return I4vgen.run(arguments.toArray(String[]::new));
  }

  static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
