// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Prompts of frames, written as {@code 0: a red star; 8: a blue star}.
 *
 * @param prompts by frame, from 0; none is blank
 */
record FramePrompts(SortedMap<Integer, String> prompts) {

  private static final Pattern ONE = Pattern.compile("\\s*(\\d{1,9})\\s*:(.*)", Pattern.DOTALL);
  private static final String SEPARATOR = ";(?=\\s*\\d{1,9}\\s*:)";

  public FramePrompts {
    prompts = Collections.unmodifiableSortedMap(new TreeMap<>(prompts));
  }

  /** The prompts that {@code text} lists, {@code null} if it is no such list. */
  static FramePrompts read(String text) {
    SortedMap<Integer, String> prompts = new TreeMap<>();
    for (String one : text.split(SEPARATOR, -1)) {
      Matcher parts = ONE.matcher(one);
      if (!parts.matches() || parts.group(2).isBlank()
          || prompts.put(Integer.valueOf(parts.group(1)), parts.group(2).strip()) != null) {
        return null;
      }
    }
    return new FramePrompts(prompts);
  }

  /** The list that {@link #read} takes. */
  String text() {
    return prompts.entrySet().stream().map(one -> one.getKey() + ": " + one.getValue())
        .collect(Collectors.joining("; "));
  }

  /** The same, with a prompt for the frame 0 if it has none. */
  FramePrompts from(String first) {
    SortedMap<Integer, String> all = new TreeMap<>(prompts);
    all.putIfAbsent(0, first);
    return new FramePrompts(all);
  }
}
