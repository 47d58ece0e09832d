// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Part;
import io.i4vgen.model.Kind;
import io.i4vgen.model.Lease;
import io.i4vgen.network.AttentionWindows;
import io.i4vgen.network.Backbone;
import io.i4vgen.network.SparseControl;
import io.i4vgen.network.SparseControl.Condition;
import io.i4vgen.network.Unet;
import io.i4vgen.tensor.Scope;
import java.util.List;
import java.util.Optional;

/**
 * What given frames add to each call of a video's UNet (SparseCtrl, arXiv 2311.16933): the residuals of a network that
 * sees only them. Where a job has none, or not in this step, the UNet is called as it is.
 */
final class Steering implements AutoCloseable {

  /** No given frames. */
  static final Steering NONE = new Steering(null, null, 0);

  private final Lease<SparseControl> control;
  private final NDArray condition;
  private final double scale;

  private Steering(Lease<SparseControl> control, NDArray condition, double scale) {
    this.control = control;
    this.condition = condition;
    this.scale = scale;
  }

  /**
   * What {@link SparseCtrl} has left for {@code stage}; lent until it is closed.
   *
   * @param frames how many the video has
   * @throws BadJob if that is another number than it was told
   */
  static Steering of(Generation in, StageContext context, String stage, long frames) {
    Optional<NDArray> condition = in.find(Part.CONDITION);
    boolean here = List.of(in.find(Fact.STEERED).orElse("").split(",")).contains(stage);
    if (condition.isEmpty() || !here) {
      return NONE;
    }
    long known = condition.get().getShape().get(0);
    if (known != frames) {
      throw new BadJob("i4vgen-sparsectrl-action knows of %d frames, the video in i4vgen-%s-action has %d: set frames"
          .formatted(known, stage, frames) + " for the job, not for a step");
    }
    Kind kind = SparseCtrl.kind(in.find(Fact.STEERING).orElseThrow());
    return new Steering(context.models().sparseControl(context.pack(in), kind), condition.get(),
        Double.parseDouble(in.find(Fact.STEERING_SCALE).orElseThrow()));
  }

  /**
   * What the given frames among those from {@code from} to before {@code to} add to a prediction of these alone; to be
   * used while this is open.
   */
  Steering part(int from, int to) {
    if (control == null) {
      return NONE;
    }
    NDArray part = condition.get("{}:{}", from, to);
    return given(part) ? new Steering(control, part, scale) : NONE;
  }

  /** Whether at least one frame is given. */
  private static boolean given(NDArray condition) {
    try (Scope scope = new Scope()) {
      return condition.get(":, " + (condition.getShape().get(1) - 1) + ":").max().getFloat() > 0;
    }
  }

  /** As {@link Backbone#predict}, all in the network's type of numbers; where frames are given, without windows. */
  NDArray predict(Backbone unet, NDArray sample, boolean same, NDArray timestep, NDArray text, int frames,
      boolean motion, AttentionWindows windows) {
    if (control == null) {
      return unet.predict(sample, same, timestep, text, frames, motion, windows);
    }
    if (!(unet instanceof Unet steered)) {
      throw new BadJob("SparseCtrl steers a UNet of Stable Diffusion only");
    }
    try (Scope scope = new Scope()) {
      NDArray all = condition.toType(unet.floats(), false);
      long channels = all.getShape().get(1) - 1;
      Condition given = new Condition(all.get(":, :" + channels), all.get(":, " + channels + ":"));
      return scope.keep(steered.predict(sample, same, timestep, text, frames, motion,
          control.get().predict(given, timestep, text, Math.toIntExact(sample.getShape().get(0) / frames),
              scale)));
    }
  }

  @Override
  public void close() {
    if (control != null) {
      control.close();
    }
  }
}
