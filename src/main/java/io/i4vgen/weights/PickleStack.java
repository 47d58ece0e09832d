// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The values that a pickle's instructions work on, and the marks between them. Python's None is {@code null}. */
final class PickleStack {

  /** Dictionaries are in dictionaries, but not without end. */
  private static final int MOST_MARKS = 1000;

  private static final int REFERENCE = 8;
  private static final int LIST = 48;

  private final List<Object> values = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Allowance memory;

  PickleStack(Allowance memory) {
    this.memory = memory;
  }

  void push(Object value) {
    memory.take(REFERENCE);
    values.add(value);
  }

  Object pop() {
    top();
    return values.remove(values.size() - 1);
  }

  Object top() {
    int floor = marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    if (values.size() <= floor) {
      throw new BadWeights("works on a value that is not there");
    }
    return values.get(values.size() - 1);
  }

  /** The topmost values, in the order in which they were pushed. */
  List<Object> pop(int count) {
    memory.take(LIST + (long) count * REFERENCE);
    Object[] found = new Object[count];
    for (int i = count - 1; i >= 0; i--) {
      found[i] = pop();
    }
    return new ArrayList<>(Arrays.asList(found));
  }

  void mark() {
    if (marks.size() == MOST_MARKS) {
      throw new BadWeights("more than %d marks within each other".formatted(MOST_MARKS));
    }
    marks.add(values.size());
  }

  /** Takes away the topmost mark and the values above it. */
  List<Object> popMark() {
    if (marks.isEmpty()) {
      throw new BadWeights("needs a mark that is not there");
    }
    List<Object> above = values.subList(marks.remove(marks.size() - 1), values.size());
    memory.take(LIST + (long) above.size() * REFERENCE);
    List<Object> found = new ArrayList<>(above);
    above.clear();
    return found;
  }
}
