// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/**
 * PyTorch's CPU generator, drawn in Java, so that a seed means the same noise here and in a Python pipeline: the same
 * words of the same Mersenne Twister turned into numbers the same way. Uniform and integer draws are equal bit for bit;
 * normal ones to 2e-6, because PyTorch's vectorised logarithm, sine and cosine differ in the last place from machine to
 * machine, while these are {@link StrictMath}'s and do not. Only the low 32 bits of a seed count, as in PyTorch. Not
 * safe for use by several threads.
 */
public final class TorchRandom implements NoiseSource {

  private static final int BLOCK = 16;
  private static final int HALF = BLOCK / 2;
  private static final float TWO_PI = (float) (2 * Math.PI);
  /** PyTorch draws 64 bits for {@code randint} from this range on. */
  private static final long WIDE_RANGE = 1L << 28;

  private final Mt19937 engine;
  private double spare = Double.NaN;

  public TorchRandom(long seed) {
    engine = new Mt19937((int) seed);
  }

  /** {@code torch.randn(shape)}: fp32 on the CPU's generator, then put where {@code manager} lives. */
  @Override
  public NDArray draw(NDManager manager, Shape shape) {
    return normal(manager, shape);
  }

  /** {@code torch.randn(shape, generator=...)}, fp32. */
  public NDArray normal(NDManager manager, Shape shape) {
    return manager.create(normal(Math.toIntExact(shape.size())), shape);
  }

  /**
   * Numbers of which the first do not depend on how many follow: {@code torch.randn} of whole blocks of sixteen, cut to
   * {@code shape}. PyTorch draws the end of an incomplete block again, so its own do depend on that. The same as
   * {@link #normal(NDManager, Shape)} where the size is a multiple of sixteen.
   */
  public NDArray leading(NDManager manager, Shape shape) {
    int size = Math.toIntExact(shape.size());
    int blocks = (size + BLOCK - 1) / BLOCK;
    return manager.create(Arrays.copyOf(normal(blocks * BLOCK), size), shape);
  }

  /** {@code torch.randn(n)}, fp32. */
  public float[] normal(int n) {
    if (n < BLOCK) {
      return scalars(n);
    }
    float[] values = uniform(n);
    for (int i = 0; i + BLOCK <= n; i += BLOCK) {
      boxMuller(values, i);
    }
    if (n % BLOCK != 0) { // the last sixteen are drawn again, overlapping the block before them
      refill(values, n - BLOCK);
    }
    return values;
  }

  /** {@code torch.randn(shape, dtype=torch.float16)}. */
  public NDArray normalHalf(NDManager manager, Shape shape) {
    try (NDArray wide = manager.create(reduced(Math.toIntExact(shape.size())), shape)) {
      return wide.toType(DataType.FLOAT16, true);
    }
  }

  /** Half types draw block by block instead of all uniforms first, which shows in a last, incomplete block. */
  private float[] reduced(int n) {
    if (n < BLOCK) {
      return scalars(n);
    }
    float[] values = new float[n];
    for (int i = 0; i + BLOCK <= n; i += BLOCK) {
      refill(values, i);
    }
    if (n % BLOCK != 0) {
      refill(values, n - BLOCK);
    }
    return values;
  }

  private void refill(float[] values, int from) {
    System.arraycopy(uniform(BLOCK), 0, values, from, BLOCK);
    boxMuller(values, from);
  }

  private static void boxMuller(float[] values, int from) {
    for (int j = from; j < from + HALF; j++) {
      float u1 = 1 - values[j]; // (0, 1], so the logarithm is finite
      float radius = (float) Math.sqrt(-2 * StrictMath.log(u1));
      float theta = TWO_PI * values[j + HALF];
      values[j] = radius * (float) StrictMath.cos(theta);
      values[j + HALF] = radius * (float) StrictMath.sin(theta);
    }
  }

  private float[] scalars(int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) scalar();
    }
    return values;
  }

  /** Small draws go through a double Box-Muller whose second value waits, across calls, for the next small draw. */
  private double scalar() {
    if (!Double.isNaN(spare)) {
      double value = spare;
      spare = Double.NaN;
      return value;
    }
    double theta = 2 * Math.PI * nextDouble();
    double radius = Math.sqrt(-2 * StrictMath.log1p(-nextDouble()));
    spare = radius * StrictMath.sin(theta);
    return radius * StrictMath.cos(theta);
  }

  /** {@code torch.rand(n)}, fp32, in [0, 1). */
  public float[] uniform(int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (engine.nextWord() & 0xFFFFFF) * 0x1p-24f;
    }
    return values;
  }

  /** {@code torch.rand(n, dtype=torch.float64)}, in [0, 1). */
  public double[] uniformDoubles(int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = nextDouble();
    }
    return values;
  }

  private double nextDouble() {
    return (nextLong() & ((1L << 53) - 1)) * 0x1p-53;
  }

  private long nextLong() {
    long high = engine.nextWord();
    return high << 32 | Integer.toUnsignedLong(engine.nextWord());
  }

  /** {@code torch.randint(0, bound, (n,))}: integers in [0, bound). */
  public long[] integers(long bound, int n) {
    if (bound < 1) {
      throw new IllegalArgumentException("bound " + bound + " must be at least 1");
    }
    long[] values = new long[n];
    for (int i = 0; i < n; i++) {
      values[i] = bound < WIDE_RANGE
          ? Integer.toUnsignedLong(engine.nextWord()) % bound
          : Long.remainderUnsigned(nextLong(), bound);
    }
    return values;
  }

  /** {@code torch.randperm(n)}: the numbers 0 to n - 1 in random order. */
  public long[] permutation(int n) {
    long[] order = new long[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    for (int i = 0; i < n - 1; i++) {
      int other = i + (int) (Integer.toUnsignedLong(engine.nextWord()) % (n - i));
      long swapped = order[i];
      order[i] = order[other];
      order[other] = swapped;
    }
    return order;
  }
}
