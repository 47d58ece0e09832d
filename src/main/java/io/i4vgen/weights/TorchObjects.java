// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** All that the names in a checkpoint's pickle may mean: tensors, their storages, and the numbers of NumPy. */
final class TorchObjects {

  /** A name of Python's; it stands for nothing but itself. */
  record Name(String module, String name) {

    @Override
    public String toString() {
      return module + "." + name;
    }
  }

  /**
   * Numbers in a file of their own in the archive.
   *
   * @param key the name of that file
   * @param count how many numbers
   */
  record Storage(DataType type, String key, long count) {}

  /**
   * A view of a storage; offset and strides are counted in numbers.
   *
   * @param size its dimensions
   * @param stride how far the next number of each dimension is
   */
  record Tensor(Storage storage, long offset, long[] size, long[] stride) {}

  /** A number format of NumPy, such as {@code f8}. */
  private record NumpyType(String code) {}

  /**
   * Bytes, as protocol 2 writes them: as a text of characters up to 255. It stays a text until somebody needs them: a
   * pickle can ask for the same one as often as it likes.
   */
  private record Encoded(String text) {}

  private static final Map<String, DataType> STORAGES = Map.of(
      "torch.DoubleStorage", DataType.FLOAT64, "torch.FloatStorage", DataType.FLOAT32,
      "torch.HalfStorage", DataType.FLOAT16, "torch.BFloat16Storage", DataType.BFLOAT16,
      "torch.LongStorage", DataType.INT64, "torch.IntStorage", DataType.INT32,
      "torch.CharStorage", DataType.INT8, "torch.ByteStorage", DataType.UINT8,
      "torch.BoolStorage", DataType.BOOLEAN);

  private static final Map<String, Function<List<?>, Object>> CALLS = Map.of(
      "torch._utils._rebuild_tensor", TorchObjects::tensor,
      "torch._utils._rebuild_tensor_v2", TorchObjects::tensor,
      "torch._utils._rebuild_parameter", TorchObjects::parameter,
      "torch._utils._rebuild_parameter_with_state", TorchObjects::parameter,
      "collections.OrderedDict", TorchObjects::dictionary,
      "torch.Size", arguments -> argument(List.class, arguments, 0),
      "_codecs.encode", TorchObjects::encoded,
      "numpy.dtype", arguments -> new NumpyType(argument(String.class, arguments, 0)),
      "numpy.core.multiarray.scalar", TorchObjects::number,
      "numpy._core.multiarray.scalar", TorchObjects::number);

  /** Names that training programs leave in checkpoints, as keys or values. They may be there, but not be called. */
  private static final String INERT = "torch\\.(float|bfloat|int|uint)\\d{1,3}|torch\\.bool"
      + "|(pytorch_lightning|lightning\\.pytorch)\\.callbacks\\.model_checkpoint\\.ModelCheckpoint";

  /** Bytes of memory of an empty one. */
  static final int DICTIONARY = 64;

  /** Torch's own limit. */
  private static final int MOST_DIMENSIONS = 64;

  private TorchObjects() {}

  /** @throws BadWeights if it is not one of the names known here */
  static Name named(String module, String name) {
    Name found = new Name(module, name);
    String full = found.toString();
    if (!CALLS.containsKey(full) && !STORAGES.containsKey(full) && !full.matches(INERT)) {
      throw new BadWeights("the name %s is refused; only data is read: tensors, dictionaries, lists, texts, numbers"
          .formatted(Quoted.of(full)));
    }
    return found;
  }

  static Object call(Object callable, Object arguments) {
    Name name = as(Name.class, callable);
    Function<List<?>, Object> call = CALLS.get(name.toString());
    if (call == null) {
      throw new BadWeights("a call of %s is refused".formatted(name));
    }
    return call.apply(as(List.class, arguments));
  }

  /** Attributes: those of a state dict are its modules' versions, those of a number format say its byte order. */
  static void build(Object object, Object state) {
    if (object instanceof NumpyType) {
      if (">".equals(argument(String.class, as(List.class, state), 1))) {
        throw new BadWeights("a NumPy number with its highest byte first is refused");
      }
    } else if (!(object instanceof Map)) {
      throw new BadWeights("attributes of a %s are refused".formatted(kind(object)));
    }
  }

  /** {@code ("storage", class, key, device, number of elements)} */
  static Storage storage(Object id) {
    List<?> parts = as(List.class, id);
    String tag = argument(String.class, parts, 0);
    Name name = argument(Name.class, parts, 1);
    DataType type = STORAGES.get(name.toString());
    if (!tag.equals("storage") || type == null) {
      throw new BadWeights("a %s of %s is refused; expected a storage of one of %s"
          .formatted(Quoted.of(tag), name, STORAGES.keySet().stream().sorted().toList()));
    }
    return new Storage(type, argument(String.class, parts, 2), natural(argument(Long.class, parts, 4)));
  }

  /** {@code (storage, offset, size, stride, requires_grad, hooks ...)} */
  private static Object tensor(List<?> arguments) {
    List<?> size = argument(List.class, arguments, 2);
    List<?> stride = argument(List.class, arguments, 3);
    if (size.size() != stride.size() || size.size() > MOST_DIMENSIONS) {
      throw new BadWeights("a tensor of %d dimensions with %d strides, expected as many and at most %d"
          .formatted(size.size(), stride.size(), MOST_DIMENSIONS));
    }
    return new Tensor(argument(Storage.class, arguments, 0), natural(argument(Long.class, arguments, 1)),
        naturals(size), naturals(stride));
  }

  private static Object parameter(List<?> arguments) {
    return argument(Tensor.class, arguments, 0);
  }

  private static Object dictionary(List<?> arguments) {
    if (!arguments.isEmpty()) {
      throw new BadWeights("a dictionary made of %d arguments, expected none".formatted(arguments.size()));
    }
    return new LinkedHashMap<>();
  }

  private static Object encoded(List<?> arguments) {
    String encoding = argument(String.class, arguments, 1);
    if (!encoding.equals("latin1")) {
      throw new BadWeights("bytes written as %s, expected latin1".formatted(Quoted.of(encoding)));
    }
    return new Encoded(argument(String.class, arguments, 0));
  }

  private static Object number(List<?> arguments) {
    String code = argument(NumpyType.class, arguments, 0).code();
    byte[] bytes = bytes(argument(Object.class, arguments, 1));
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return switch (Quoted.of(code) + "/" + bytes.length) {
      case "f8/8" -> buffer.getDouble();
      case "f4/4" -> (double) buffer.getFloat();
      case "i8/8", "u8/8" -> buffer.getLong();
      case "i4/4" -> (long) buffer.getInt();
      case "b1/1" -> buffer.get() != 0;
      default -> throw new BadWeights("a NumPy %s of %d bytes is refused".formatted(Quoted.of(code),
          bytes.length));
    };
  }

  private static byte[] bytes(Object value) {
    if (!(value instanceof Encoded encoded)) {
      return as(byte[].class, value);
    } else if (encoded.text().length() > Long.BYTES) {
      throw new BadWeights("a NumPy number of %d bytes is refused".formatted(encoded.text().length()));
    }
    return encoded.text().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static long[] naturals(List<?> values) {
    return values.stream().mapToLong(value -> natural(as(Long.class, value))).toArray();
  }

  private static long natural(long value) {
    if (value < 0) {
      throw new BadWeights("a tensor with a negative size, stride or offset: %d".formatted(value));
    }
    return value;
  }

  private static <T> T argument(Class<T> type, List<?> arguments, int index) {
    if (arguments.size() <= index) {
      throw new BadWeights("%d arguments, expected %d or more".formatted(arguments.size(), index + 1));
    }
    return as(type, arguments.get(index));
  }

  /** About how many bytes of memory a value takes that a call has made. */
  static long size(Object value) {
    if (value instanceof Tensor tensor) {
      return 128 + 2L * Long.BYTES * tensor.size().length;
    }
    return value instanceof Map ? DICTIONARY : 32;
  }

  /** @throws BadWeights if the value is of another type */
  static <T> T as(Class<T> type, Object value) {
    if (!type.isInstance(value)) {
      throw new BadWeights("finds a %s where a %s must be".formatted(kind(value), kind(type)));
    }
    return type.cast(value);
  }

  /** What a value is; never what is in it, which may be without end. */
  static String kind(Object value) {
    return value == null ? "None" : kind(value.getClass());
  }

  private static String kind(Class<?> type) {
    if (Map.class.isAssignableFrom(type)) {
      return "dictionary";
    }
    return List.class.isAssignableFrom(type) ? "list" : type.getSimpleName().toLowerCase(Locale.ROOT);
  }
}
