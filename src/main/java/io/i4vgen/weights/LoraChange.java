// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The change of one tensor of weights, in one of the forms that files have it in; not yet scaled. */
sealed interface LoraChange {

  /** What alpha is divided by; 0 if alpha does not count, because the change has no rank. */
  long rank();

  /** Whether it changes weights of this shape. */
  boolean fits(Shape weights);

  /**
   * The change, of weights that it fits, in 32 bit floats.
   *
   * @param manager owner of what is read
   */
  NDArray of(Shape weights, NDManager manager);

  /** The shapes that it is stored in, for messages. */
  List<Shape> shapes();

  /** Every number of it: what LyCORIS calls full. */
  record Whole(StateDict state, String name) implements LoraChange {

    @Override
    public long rank() {
      return 0;
    }

    @Override
    public boolean fits(Shape weights) {
      Shape shape = state.shape(name);
      return shape.dimension() > 0 && shape.get(0) == weights.get(0) && shape.size() == weights.size();
    }

    @Override
    public NDArray of(Shape weights, NDManager manager) {
      return state.load(name, manager, DataType.FLOAT32).reshape(weights);
    }

    @Override
    public List<Shape> shapes() {
      return List.of(state.shape(name));
    }
  }

  /**
   * {@code up @ down} (Hu et al. 2021). With a middle, which LoCon and LyCORIS have, it is three convolutions one after
   * the other, of which only the one in the middle looks at neighbours.
   *
   * @param up {@code [out, rank]}
   * @param middle {@code [rank, rank, height, width]}; {@code null} if there is none
   * @param down {@code [rank, in * height * width]}, or {@code [rank, in]} with a middle
   * @param turned whether {@code up} lies as {@code [rank, out]}
   */
  record LowRank(StateDict state, String up, String middle, String down, boolean turned) implements LoraChange {

    /** A higher rank than that, and than there are weights, nobody means; and no product of sizes is too large. */
    private static final long HIGHEST = 1 << 16;

    @Override
    public long rank() {
      Shape shape = state.shape(down);
      return shape.dimension() == 0 ? 0 : shape.get(0);
    }

    @Override
    public boolean fits(Shape weights) {
      long rank = rank();
      long rows = weights.get(0);
      boolean joined = middle == null || weights.dimension() == 4
          && state.shape(middle).equals(new Shape(rank, rank).addAll(weights.slice(2)));
      long columns = middle == null ? weights.size() / rows : weights.get(1);
      return rank > 0 && rank <= Math.max(HIGHEST, weights.size()) && joined
          && state.shape(up).size() == rows * rank && state.shape(down).size() == columns * rank;
    }

    @Override
    public NDArray of(Shape weights, NDManager manager) {
      NDArray rows = state.load(up, manager, DataType.FLOAT32);
      NDArray left = turned ? rows.reshape(rank(), -1).transpose() : rows.reshape(-1, rank());
      NDArray right = state.load(down, manager, DataType.FLOAT32).reshape(rank(), -1);
      return (middle == null ? left.matMul(right)
          : product(left, state.load(middle, manager, DataType.FLOAT32), right)).reshape(weights);
    }

    private static NDArray product(NDArray up, NDArray middle, NDArray down) {
      Shape kernel = middle.getShape();
      long out = up.getShape().get(0);
      NDArray left = up.matMul(middle.reshape(kernel.get(0), -1))
          .reshape(out, kernel.get(1), kernel.get(2), kernel.get(3)).transpose(0, 2, 3, 1);
      return left.reshape(-1, kernel.get(1)).matMul(down)
          .reshape(out, kernel.get(2), kernel.get(3), down.getShape().get(1)).transpose(0, 3, 1, 2);
    }

    @Override
    public List<Shape> shapes() {
      return Stream.of(up, middle, down).filter(Objects::nonNull).map(state::shape).toList();
    }
  }

  /** Two low-rank products, multiplied number by number: LoHa, after FedPara (Hyeon-Woo et al. 2021). */
  record Hadamard(LowRank first, LowRank second) implements LoraChange {

    @Override
    public long rank() {
      return first.rank();
    }

    @Override
    public boolean fits(Shape weights) {
      return first.fits(weights) && second.fits(weights);
    }

    @Override
    public NDArray of(Shape weights, NDManager manager) {
      return first.of(weights, manager).mul(second.of(weights, manager));
    }

    @Override
    public List<Shape> shapes() {
      return Stream.of(first, second).flatMap(half -> half.shapes().stream()).toList();
    }
  }

  /**
   * The Kronecker product of a matrix and a block, which is a larger matrix or a convolution: LoKr. Either may be a
   * low-rank product itself.
   *
   * @param outer {@code [blocks from top to bottom, blocks from left to right]}
   * @param block {@code [out, in]} or {@code [out, in, height, width]} of one block
   */
  record Kronecker(LoraChange outer, LoraChange block) implements LoraChange {

    @Override
    public long rank() {
      return block.rank() != 0 ? block.rank() : outer.rank();
    }

    @Override
    public boolean fits(Shape weights) {
      Shape blocks = blocks();
      return blocks.dimension() == 2 && blocks.size() > 0 && outer.fits(blocks) && weights.dimension() >= 2
          && weights.get(0) % blocks.get(0) == 0 && weights.get(1) % blocks.get(1) == 0
          && block.fits(inner(weights, blocks));
    }

    /** How many blocks there are. */
    private Shape blocks() {
      if (!(outer instanceof LowRank low)) {
        return outer.shapes().get(0);
      }
      Shape up = low.state().shape(low.up());
      Shape down = low.state().shape(low.down());
      return up.dimension() == 2 && down.dimension() == 2 ? new Shape(up.get(0), down.get(1)) : new Shape();
    }

    private static Shape inner(Shape weights, Shape blocks) {
      return new Shape(weights.get(0) / blocks.get(0), weights.get(1) / blocks.get(1)).addAll(weights.slice(2));
    }

    @Override
    public NDArray of(Shape weights, NDManager manager) {
      Shape blocks = blocks();
      Shape inner = inner(weights, blocks);
      LongStream kernel = LongStream.of(inner.slice(2).getShape());
      NDArray left = outer.of(blocks, manager).reshape(LongStream.concat(
          LongStream.of(blocks.get(0), 1, blocks.get(1), 1), kernel.map(side -> 1)).toArray());
      NDArray right = block.of(inner, manager).reshape(new Shape(1, inner.get(0), 1, inner.get(1))
          .addAll(inner.slice(2)));
      return left.mul(right).reshape(weights);
    }

    @Override
    public List<Shape> shapes() {
      return Stream.of(outer, block).flatMap(factor -> factor.shapes().stream()).toList();
    }
  }
}
