// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the values of a pickle that torch has written: dictionaries, lists, tuples, texts, numbers and what
 * {@link TorchObjects} knows. A pickle is a program, and this machine runs none of it: names are looked up in a fixed
 * table, never in a class path, and every instruction and name outside of it is an error that says which, and where.
 *
 * <p>Dictionaries become {@link LinkedHashMap}s, lists and tuples {@link ArrayList}s, whole numbers {@link Long}s, None
 * {@code null}. Keys are texts, numbers and names only, and become texts: to hash a tuple of tuples may take for ever,
 * and so may keys of several types that all have the same hash.
 */
final class Unpickler {

  private static final int NEWEST_PROTOCOL = 5;

  private static final int REFERENCE = 8;
  private static final int LIST = 32;
  private static final int ENTRY = 64;

  private final PickleInput input;
  private final PickleStack stack;
  private final List<Object> memo = new ArrayList<>();
  private final Allowance memory;

  private Unpickler(ByteBuffer pickle, Allowance memory) {
    this.input = new PickleInput(pickle, memory);
    this.stack = new PickleStack(memory);
    this.memory = memory;
  }

  /**
   * The value of a pickle.
   *
   * @param file the file it lies in, for messages
   * @param memory that its values may take
   * @throws BadWeights if it is damaged, holds anything but data, or too much: with the position and the name
   */
  static Object read(ByteBuffer pickle, String file, Allowance memory) {
    return new Unpickler(pickle, memory).run(file);
  }

  private Object run(String file) {
    while (true) {
      int position = input.position();
      String doing = "";
      try {
        PickleOpcode opcode = PickleOpcode.of(input.u1());
        doing = opcode + ": ";
        if (opcode == PickleOpcode.STOP) {
          return stack.pop();
        }
        step(opcode);
      } catch (BadWeights e) {
        throw new BadWeights("%s: at byte %d of its pickle: %s%s".formatted(file, position, doing, e.getMessage()), e);
      }
    }
  }

  private void step(PickleOpcode opcode) {
    if (!literal(opcode) && !container(opcode) && !object(opcode)) {
      throw new BadWeights("this opcode is refused; only data is read: tensors, dictionaries, lists, texts, numbers");
    }
  }

  private boolean literal(PickleOpcode opcode) {
    switch (opcode) {
      case NONE -> stack.push(null);
      case NEWTRUE -> stack.push(true);
      case NEWFALSE -> stack.push(false);
      case BININT -> stack.push((long) input.i4());
      case BININT1 -> stack.push((long) input.u1());
      case BININT2 -> stack.push((long) input.u2());
      case LONG1 -> stack.push(input.integer(input.u1()));
      case LONG4 -> stack.push(input.integer(input.i4()));
      case BINFLOAT -> stack.push(input.f8());
      case SHORT_BINUNICODE -> stack.push(input.utf8(input.u1()));
      case BINUNICODE -> stack.push(input.utf8(input.u4()));
      case BINUNICODE8 -> stack.push(input.utf8(input.i8()));
      case SHORT_BINSTRING -> stack.push(latin(input.u1()));
      case BINSTRING -> stack.push(latin(input.i4()));
      case SHORT_BINBYTES -> stack.push(input.bytes(input.u1()));
      case BINBYTES -> stack.push(input.bytes(input.u4()));
      case BINBYTES8 -> stack.push(input.bytes(input.i8()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean container(PickleOpcode opcode) {
    switch (opcode) {
      case MARK -> stack.mark();
      case POP -> stack.pop();
      case POP_MARK -> stack.popMark();
      case DUP -> stack.push(stack.top());
      case EMPTY_LIST, EMPTY_TUPLE -> stack.push(list());
      case LIST, TUPLE -> stack.push(stack.popMark());
      case TUPLE1 -> stack.push(stack.pop(1));
      case TUPLE2 -> stack.push(stack.pop(2));
      case TUPLE3 -> stack.push(stack.pop(3));
      case APPEND -> append(stack.pop(1));
      case APPENDS -> append(stack.popMark());
      case EMPTY_DICT -> stack.push(dictionary());
      case DICT -> {
        List<Object> items = stack.popMark();
        stack.push(dictionary());
        put(items);
      }
      case SETITEM -> put(stack.pop(2));
      case SETITEMS -> put(stack.popMark());
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean object(PickleOpcode opcode) {
    switch (opcode) {
      case PROTO -> requireProtocol(input.u1());
      case FRAME -> input.i8();
      case MEMOIZE -> remember(memo.size(), stack.top());
      case BINPUT -> remember(input.u1(), stack.top());
      case LONG_BINPUT -> remember(input.u4(), stack.top());
      case BINGET -> stack.push(remembered(input.u1()));
      case LONG_BINGET -> stack.push(remembered(input.u4()));
      case GLOBAL -> stack.push(TorchObjects.named(input.line(), input.line()));
      case STACK_GLOBAL -> {
        List<Object> names = stack.pop(2);
        stack.push(TorchObjects.named(text(names.get(0)), text(names.get(1))));
      }
      case REDUCE -> {
        List<Object> call = stack.pop(2);
        Object made = TorchObjects.call(call.get(0), call.get(1));
        memory.take(TorchObjects.size(made));
        stack.push(made);
      }
      case BUILD -> {
        Object state = stack.pop();
        TorchObjects.build(stack.top(), state);
      }
      case BINPERSID -> stack.push(TorchObjects.storage(stack.pop()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void requireProtocol(int protocol) {
    if (protocol > NEWEST_PROTOCOL) {
      throw new BadWeights("protocol %d, expected at most %d".formatted(protocol, NEWEST_PROTOCOL));
    }
  }

  private List<Object> list() {
    memory.take(LIST);
    return new ArrayList<>(0);
  }

  private Map<String, Object> dictionary() {
    memory.take(TorchObjects.DICTIONARY);
    return new LinkedHashMap<>();
  }

  /** Values are numbered one after the other; if a number is far off, so is what it asks for. */
  private void remember(long index, Object value) {
    memory.take(Math.max(0, index + 1 - memo.size()) * REFERENCE);
    while (memo.size() <= index) {
      memo.add(null);
    }
    memo.set((int) index, value);
  }

  private Object remembered(long index) {
    Object found = index < memo.size() ? memo.get((int) index) : null;
    if (found == null) {
      throw new BadWeights("asks for value %d of the memo, which has none".formatted(index));
    }
    return found;
  }

  private String latin(int length) {
    return new String(input.bytes(length), StandardCharsets.ISO_8859_1);
  }

  @SuppressWarnings("unchecked") // lists hold anything
  private void append(List<Object> items) {
    memory.take((long) items.size() * REFERENCE);
    ((List<Object>) TorchObjects.as(List.class, stack.top())).addAll(items);
  }

  @SuppressWarnings("unchecked") // so do dictionaries
  private void put(List<Object> items) {
    Map<String, Object> dictionary = (Map<String, Object>) TorchObjects.as(Map.class, stack.top());
    if (items.size() % 2 != 0) {
      throw new BadWeights("a key without a value");
    }
    for (int i = 0; i < items.size(); i += 2) {
      dictionary.put(key(items.get(i)), items.get(i + 1));
    }
  }

  private String key(Object value) {
    memory.take(ENTRY);
    if (value instanceof String text) {
      return text;
    } else if (value == null || value instanceof Number || value instanceof Boolean
        || value instanceof TorchObjects.Name) {
      String text = String.valueOf(value);
      memory.take(text.length());
      return text;
    }
    throw new BadWeights("a key that is a %s, expected a text or a number".formatted(TorchObjects.kind(value)));
  }

  private static String text(Object value) {
    return TorchObjects.as(String.class, value);
  }
}
