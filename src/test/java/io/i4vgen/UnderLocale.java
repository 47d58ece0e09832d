// SPDX-License-Identifier: Apache-2.0
package io.i4vgen;

import java.util.Locale;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Runs something as on the machine of a user who writes numbers in another way. */
public final class UnderLocale {

  private UnderLocale() {}

  /** @param tag {@code fa} has digits of its own, {@code de} a decimal comma */
  public static void run(String tag, ThrowingCallable test) throws Throwable {
    Locale usual = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(tag));
    try {
      test.call();
    } finally {
      Locale.setDefault(usual);
    }
  }
}
