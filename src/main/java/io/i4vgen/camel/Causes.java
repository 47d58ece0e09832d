// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.MissingPart;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Finds, in a chain of exceptions that libraries have wrapped around each other, the one that says what is wrong. */
public final class Causes {

  private Causes() {}

  /** The exception that says what is wrong: the outermost of our own, else the innermost. */
  public static Throwable root(Throwable failure) {
    List<Throwable> chain = chain(failure);
    return chain.stream().filter(Causes::isOurs).findFirst().orElse(chain.get(chain.size() - 1));
  }

  /** One line for a user. */
  public static String message(Throwable failure) {
    Throwable root = root(failure);
    String text = root.getMessage();
    String line = text == null || text.isBlank() ? root.getClass().getSimpleName()
        : isOurs(root) ? text : described(root, text);
    return oneLine(line);
  }

  /** A text of several lines, such as a prompt, as one. */
  static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /** Whether a job failed because of how it, or its route, is written: no second attempt helps. */
  public static boolean isBadJob(Throwable failure) {
    return chain(failure).stream().anyMatch(one -> one instanceof BadJob || one instanceof MissingPart);
  }

  private static String described(Throwable root, String text) {
    String name = root.getClass().getSimpleName();
    return name.endsWith("Exception") && text.contains(" ") ? text : name + ": " + text;
  }

  static boolean isOurs(Throwable failure) {
    return failure.getClass().getName().startsWith("io.i4vgen.");
  }

  private static List<Throwable> chain(Throwable failure) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Throwable> chain = new ArrayList<>();
    for (Throwable one = failure; one != null && seen.add(one); one = one.getCause()) {
      chain.add(one);
    }
    return chain;
  }
}
