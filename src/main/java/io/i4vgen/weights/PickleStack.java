// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.util.ArrayList;
import java.util.List;

/** The values that a pickle's instructions work on, and the marks between them. Python's None is {@code null}. */
final class PickleStack {

  private final List<Object> values = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();

  void push(Object value) {
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
    List<Object> found = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      found.add(0, pop());
    }
    return found;
  }

  void mark() {
    marks.add(values.size());
  }

  /** Takes away the topmost mark and the values above it. */
  List<Object> popMark() {
    if (marks.isEmpty()) {
      throw new BadWeights("needs a mark that is not there");
    }
    List<Object> above = values.subList(marks.remove(marks.size() - 1), values.size());
    List<Object> found = new ArrayList<>(above);
    above.clear();
    return found;
  }
}
