// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a multistep sampler remembers of the steps of a run. A value: each step makes the next one, and the scheduler
 * stays as it is. It begins empty wherever a run begins, also in the middle of the grid, and does not outlive the run:
 * the first step after a start is one of first order, as in diffusers.
 *
 * @param originals the clean latents that the last predictions amounted to, the newest first; each of the latent's
 *     shape
 * @param latent the state that the last step started from, if the sampler corrects its steps afterwards
 */
public record History(List<NDArray> originals, Optional<NDArray> latent) implements AutoCloseable {

  /** Of a run that has not made a step. */
  public static final History NONE = new History(List.of(), Optional.empty());

  public History {
    originals = List.copyOf(originals);
    Objects.requireNonNull(latent, "latent");
  }

  /** These with {@code newest} before them, {@code most} in all. */
  List<NDArray> originals(NDArray newest, int most) {
    List<NDArray> all = new ArrayList<>(List.of(newest));
    all.addAll(originals.subList(0, Math.min(originals.size(), most - 1)));
    return all;
  }

  /** Its tensors. */
  Stream<NDArray> tensors() {
    return Stream.concat(originals.stream(), latent.stream());
  }

  /** Frees what {@code next} does not hold any more. */
  void closeAllBut(History next) {
    tensors().filter(mine -> next.tensors().noneMatch(other -> other == mine)).forEach(NDArray::close);
  }

  /** Frees its tensors. */
  @Override
  public void close() {
    tensors().forEach(NDArray::close);
  }
}
