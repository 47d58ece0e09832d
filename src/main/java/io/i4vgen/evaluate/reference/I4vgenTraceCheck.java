// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.i4vgen.diffusion.Extent;
import io.i4vgen.diffusion.NiVsds;
import io.i4vgen.diffusion.Regeneration;
import io.i4vgen.diffusion.Scheduler;
import io.i4vgen.diffusion.StepListener;
import io.i4vgen.diffusion.StepSizes;
import io.i4vgen.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.StreamSupport;

/**
 * The whole published pipeline, on AnimateDiff or on LaVie: candidates, anchor, NI-VSDS, noising and regeneration, for
 * every list of NI-VSDS step sizes among the case's parameters. Each step is run from its recorded predecessor, and
 * all of them once more in one go from the noises.
 */
final class I4vgenTraceCheck implements Check {

  private static final double UPDATE = 1e-3;

  private static final String NOISE = "noise.";

  private final String kind;

  /** @param kind which backbone's traces */
  I4vgenTraceCheck(String kind) {
    this.kind = kind;
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    JsonNode parameters = reference.at("parameters");
    try (TraceModel model = TraceModel.open(reference, parameters.path("guidance_scale").asDouble(), manager)) {
      Run run = new Run(reference, reference.io(manager), model, scheduler(reference), new ArrayList<>());
      run.schedule();
      run.noises();
      NDArray anchor = run.candidates();
      Animation.all(parameters).forEach(animation -> run.regenerated(animation, run.animated(animation, anchor)));
      return run.comparisons();
    }
  }

  /** The class is given with the version that it was taken from: {@code DDPMScheduler 0.16.0}. */
  private static Scheduler scheduler(Case reference) {
    JsonNode described = reference.at("scheduler");
    String[] name = described.path("cls").asText().split(" ");
    return SchedulerCheck.scheduler(name[0], described.path("config"),
        reference.at("parameters", "num_inference_steps").asInt(), described.path("eta").asDouble(0),
        name.length > 1 ? "v" + name[1] : "");
  }

  /**
   * One run of stage 2.
   *
   * @param prefix of its tensors' names
   * @param share of the scheduler's steps that NI-VSDS runs
   */
  private record Animation(String prefix, double share, StepSizes sizes) {

    /** The one that the parameters themselves describe, or those that they name. */
    static List<Animation> all(JsonNode parameters) {
      if (parameters.has("step_size")) {
        return List.of(of("", parameters, List.of(parameters.get("step_size"))));
      }
      return parameters.properties().stream().filter(entry -> entry.getValue().has("step_sizes"))
          .map(entry -> of(entry.getKey() + ".", entry.getValue(), entry.getValue().get("step_sizes"))).toList();
    }

    private static Animation of(String prefix, JsonNode parameters, Iterable<JsonNode> sizes) {
      return new Animation(prefix, parameters.path("p_ni_vsds").asDouble(),
          new StepSizes(StreamSupport.stream(sizes.spliterator(), false).map(JsonNode::asDouble).toList()));
    }
  }

  private record Run(Case reference, Tensors io, TraceModel model, Scheduler scheduler,
      List<Comparison> comparisons) {

    void schedule() {
      exact("schedule.timesteps", scheduler.timesteps());
      SchedulerCheck.finalAlphaBar("schedule.", scheduler, io).ifPresent(comparisons::add);
      comparisons.add(SchedulerCheck.alphaBars("schedule.", scheduler, io));
    }

    /** The recorded noises are consecutive draws from one generator with the case's seed. */
    void noises() {
      long seed = reference.at("seed").asLong();
      comparisons.addAll(reference.json().has("rng_order")
          ? TorchRandnCheck.drawn(io, StreamSupport.stream(reference.at("rng_order").spliterator(), false)
              .map(JsonNode::asText).toList(), seed)
          : TorchRandnCheck.drawn(io, NOISE, seed));
    }

    /** Stage 1: the frames of the first noise as independent images; the free run's anchor. */
    NDArray candidates() {
      NDArray noise = noise("initial");
      network("stage1.first_guided_noise_pred", model.images().predict(noise, scheduler.timesteps()[0]),
          TraceModel.images(io.get("stage1.first_guided_noise_pred")));
      StepTrace trace = new StepTrace("stage1", model.images(), scheduler,
          StepTrace.states(noise, io.get("stage1.trajectory"), TraceModel::images),
          drawn("stage1_steps", TraceModel::images));
      trace.restart(comparisons);
      NDArray candidates = trace.run(noise);
      trace("stage1.candidates", candidates, TraceModel.images(io.get("stage1.candidates")));
      // the mean of the latent stood in for the reward when this was recorded
      NDArray scores = candidates.reshape(candidates.getShape().get(0), -1).mean(new int[] {1});
      trace("stage1.scores", scores, io.get("stage1.scores"));
      long best = scores.argMax().getLong();
      exact("stage1.anchor_index", best);
      return candidates.get(best + ":" + (best + 1));
    }

    /** Stage 2-1; the free run's result. */
    NDArray animated(Animation animation, NDArray anchor) {
      String name = animation.prefix();
      StepSizes sizes = animation.sizes();
      NDArray still = video("stage2.static_video");
      NDArray noise = noise("nivsds_eps");
      NDArray repeated = anchor.repeat(0, still.getShape().get(0));
      trace("stage2.static_video", repeated, still);
      double[] timesteps = new Extent.Steps(animation.share()).of(scheduler.timesteps(), scheduler.schedule().size());
      exact(name + "nivsds.timesteps", timesteps);
      if (io.has(name + "nivsds.step_size")) {
        float[] recorded = io.get(name + "nivsds.step_size").toFloatArray();
        for (int i = 0; i < timesteps.length; i++) {
          comparisons.add(Comparison.exact(name + "nivsds.step_size." + i, (float) sizes.at(i), recorded[i]));
        }
      }
      step(name + "nivsds.first_noisy_latents", scheduler.addNoise(still, noise, timesteps[0]));
      network(name + "nivsds.first_unet_output",
          model.both(video(name + "nivsds.first_noisy_latents"), timesteps[0]),
          TraceModel.videos(io.get(name + "nivsds.first_unet_output")));
      List<NDArray> states = StepTrace.states(still, io.get(name + "nivsds.latents"), TraceModel::video);
      for (int i = 0; i < timesteps.length; i++) {
        update(name, i, states, noise, timesteps[i], sizes.at(i));
      }
      NDArray animated = new NiVsds(scheduler).animate(model.video(), repeated, noise, timesteps, sizes,
          StepListener.NONE);
      trace(name + "nivsds.latents", animated, states.get(timesteps.length));
      return animated;
    }

    /** One iteration from its recorded predecessor; the update is small beside v, so it is what is compared. */
    private void update(String name, int i, List<NDArray> states, NDArray noise, double timestep, double alpha) {
      try (Scope scope = new Scope()) {
        NDArray before = states.get(i);
        NDArray after = new NiVsds(scheduler).animate(model.video(), before, noise, new double[] {timestep},
            StepSizes.of(alpha), StepListener.NONE);
        comparisons.add(Comparison.relativeToRms(name + "nivsds.update." + i, after.sub(before),
            states.get(i + 1).sub(before), UPDATE));
      }
    }

    /** Stage 2-2: noising and regeneration, of the recorded video and of the free run's. */
    void regenerated(Animation animation, NDArray animated) {
      String name = animation.prefix();
      int from = Regeneration.startIndex(scheduler.steps(), reference.at("parameters", "p_re").asDouble());
      double[] timesteps = Arrays.copyOfRange(scheduler.timesteps(), from, scheduler.steps());
      exact(name + "regen.timesteps", timesteps);
      NDArray noise = noise("regeneration");
      NDArray latents = io.get(name + "nivsds.latents");
      NDArray recorded = TraceModel.video(latents.get(latents.getShape().get(0) - 1));
      NDArray noised = video(name + "regen.noised_latents");
      step(name + "regen.noised_latents", Regeneration.noised(scheduler, recorded, noise, from));
      network(name + "regen.first_guided_noise_pred", model.video().predict(noised, timesteps[0]),
          video(name + "regen.first_guided_noise_pred"));
      StepTrace trace = new StepTrace(name + "regen", model.video(), scheduler,
          StepTrace.states(noised, io.get(name + "regen.trajectory"), TraceModel::video),
          drawn("regen_steps", TraceModel::video));
      trace.restart(comparisons);
      trace(name + "final_latents", trace.run(Regeneration.noised(scheduler, animated, noise, from)),
          video(name + "final_latents"));
    }

    /** Some cases number the noises in the order in which they were drawn. */
    private NDArray noise(String name) {
      return video(io.names().stream().filter(n -> n.matches("noise\\.(\\d+_)?" + name)).findFirst()
          .orElseThrow(() -> new IllegalArgumentException(io.file() + ": no noise " + name)));
    }

    /** What the steps of a loop drew; nothing was recorded if they draw nothing. */
    private List<NDArray> drawn(String name, UnaryOperator<NDArray> layout) {
      return io.has(NOISE + name) ? StepTrace.rows(io.get(NOISE + name), layout) : List.of();
    }

    private NDArray video(String name) {
      return TraceModel.video(io.get(name));
    }

    private void exact(String name, double... actual) {
      comparisons.add(Comparison.exact(name, actual, io.wholes(name)));
    }

    private void step(String name, NDArray actual) {
      comparisons.add(Comparison.step(name, actual, video(name)));
    }

    private void trace(String name, NDArray actual, NDArray expected) {
      comparisons.add(Comparison.trace(name, actual, expected));
    }

    private void network(String name, NDArray actual, NDArray expected) {
      comparisons.add(Comparison.network(name, actual, expected));
    }
  }
}
