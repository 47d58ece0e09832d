// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.diffusion.TorchRandom;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Random numbers. The tensors' names say what was drawn: {@code seedS.METHOD.SHAPE} from a fresh generator,
 * {@code seedS.sequence.I.SHAPE} one after the other from one generator; {@code .first64}, {@code .last64} and
 * {@code .sum_of_squares...} are parts of a large draw.
 */
final class TorchRandnCheck implements Check {

  private static final Pattern NAME = Pattern.compile("seed(\\d+)\\.([^.]+)\\.(.+)");
  private static final Pattern DRAW = Pattern.compile("(\\d+(?:x\\d+)*)(?:\\.(\\w+))?");
  private static final String EACH = "[0..]";
  private static final double NORMAL = 2e-6;

  @Override
  public String kind() {
    return "torch-randn";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    Map<String, TorchRandom> sequences = new HashMap<>();
    List<Comparison> comparisons = new ArrayList<>();
    for (String name : io.names().stream().sorted(Comparator.comparing(TorchRandnCheck::position)).toList()) {
      Matcher m = NAME.matcher(name);
      if (!m.matches()) {
        throw new IllegalArgumentException(io.file() + ": \"" + name + "\" does not say what was drawn");
      }
      comparisons.add(m.group(2).equals("sequence")
          ? next(name, sequences.computeIfAbsent(m.group(1), TorchRandnCheck::generator), io.get(name))
          : draw(name, generator(m.group(1)), m.group(2), m.group(3), io.get(name)));
    }
    return comparisons;
  }

  /** The tensors whose names start with {@code prefix} as consecutive draws, in the order of their names. */
  static List<Comparison> drawn(Tensors io, String prefix, long seed) {
    TorchRandom random = new TorchRandom(seed);
    return io.names().stream().filter(name -> name.startsWith(prefix)).sorted()
        .map(name -> next(name, random, io.get(name))).toList();
  }

  /**
   * The tensors {@code names} as consecutive draws; of one whose name ends with {@code [0..]} each row of its first
   * axis is a draw.
   */
  static List<Comparison> drawn(Tensors io, List<String> names, long seed) {
    TorchRandom random = new TorchRandom(seed);
    List<Comparison> comparisons = new ArrayList<>();
    for (String name : names) {
      NDArray recorded = io.get(name.replace(EACH, ""));
      long draws = name.endsWith(EACH) ? recorded.getShape().get(0) : 1;
      for (long i = 0; i < draws; i++) {
        comparisons.add(next(name + i, random, name.endsWith(EACH) ? recorded.get(i) : recorded));
      }
    }
    return comparisons;
  }

  /** Draws of a sequence come in the order of their number. */
  private static Integer position(String name) {
    Matcher m = Pattern.compile(".*\\.sequence\\.(\\d+)\\..*").matcher(name);
    return m.matches() ? Integer.parseInt(m.group(1)) : -1;
  }

  private static TorchRandom generator(String seed) {
    return new TorchRandom(new BigInteger(seed).longValue());
  }

  private static Comparison next(String name, TorchRandom random, NDArray expected) {
    return Comparison.absolute(name, random.normal(expected.getManager(), expected.getShape()), expected, NORMAL);
  }

  private static Comparison draw(String name, TorchRandom random, String method, String what, NDArray expected) {
    NDManager manager = expected.getManager();
    Shape shape = expected.getShape();
    int n = Math.toIntExact(shape.size());
    return switch (method) {
      case "randn" -> normal(name, random, what, expected);
      case "rand" -> Comparison.absolute(name, manager.create(random.uniform(n), shape), expected, 0);
      case "rand_float64" -> Comparison.absolute(name,
          manager.create(random.uniformDoubles(n), shape).toType(expected.getDataType(), false), expected, 0);
      case "randn_fp16_as_fp32" -> Comparison.absolute(name,
          random.normalHalf(manager, shape).toType(DataType.FLOAT32, false), expected, NORMAL);
      case "randperm" -> Comparison.exact(name, random.permutation(n), expected.toLongArray());
      default -> {
        if (!method.startsWith("randint_2^")) {
          throw new IllegalArgumentException(name + ": unknown kind of draw " + method);
        }
        yield Comparison.exact(name, random.integers(1L << Integer.parseInt(method.substring(10)), n),
            expected.toLongArray());
      }
    };
  }

  private static Comparison normal(String name, TorchRandom random, String what, NDArray expected) {
    Matcher m = DRAW.matcher(what);
    if (!m.matches()) {
      throw new IllegalArgumentException(name + ": \"" + what + "\" is no shape");
    }
    float[] all = random.normal(Arrays.stream(m.group(1).split("x")).mapToInt(Integer::parseInt)
        .reduce(1, Math::multiplyExact));
    String part = m.group(2) == null ? "" : m.group(2);
    if (part.startsWith("sum_of_squares")) {
      double sum = 0;
      for (float value : all) {
        sum += (double) value * value;
      }
      NDArray actual = expected.getManager().create(new float[] {(float) sum}, expected.getShape());
      return Comparison.relativeToRms(name, actual, expected, NORMAL);
    }
    int count = Math.toIntExact(expected.size());
    int from = part.startsWith("last") ? all.length - count : 0;
    float[] values = Arrays.copyOfRange(all, from, from + count);
    return Comparison.absolute(name, expected.getManager().create(values, expected.getShape()), expected, NORMAL);
  }
}
