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
import java.util.stream.StreamSupport;

/**
 * The whole published AnimateDiff pipeline: candidates, anchor, NI-VSDS, noising and regeneration, for every list of
 * NI-VSDS step sizes among the case's parameters. Each step is run from its recorded predecessor, and all of them once
 * more in one go from the noises.
 */
final class I4vgenTraceCheck implements Check {

  private static final double UPDATE = 1e-3;

  @Override
  public String kind() {
    return "i4vgen-animatediff-trace";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    JsonNode parameters = reference.at("parameters");
    try (TraceModel model = TraceModel.open(reference, parameters.path("guidance_scale").asDouble(), manager)) {
      Run run = new Run(reference, reference.io(manager), model, scheduler(reference), new ArrayList<>());
      run.schedule();
      run.noises();
      NDArray anchor = run.candidates();
      parameters.fields().forEachRemaining(entry -> {
        if (entry.getValue().has("step_sizes")) {
          run.regenerated(entry.getKey(), run.animated(entry.getKey(), entry.getValue(), anchor));
        }
      });
      return run.comparisons();
    }
  }

  private static Scheduler scheduler(Case reference) {
    JsonNode described = reference.at("scheduler");
    return SchedulerCheck.scheduler(described.path("cls").asText(), described.path("config"),
        reference.at("parameters", "num_inference_steps").asInt(), described.path("eta").asDouble(0), "");
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
      comparisons.addAll(TorchRandnCheck.drawn(io, "noise.", reference.at("seed").asLong()));
    }

    /** Stage 1: the frames of the first noise as independent images; the free run's anchor. */
    NDArray candidates() {
      NDArray noise = video("noise.0_initial");
      network("stage1.first_guided_noise_pred", model.images().predict(noise, scheduler.timesteps()[0]),
          TraceModel.images(io.get("stage1.first_guided_noise_pred")));
      StepTrace trace = new StepTrace("stage1", model.images(), scheduler,
          StepTrace.states(noise, io.get("stage1.trajectory"), TraceModel::images));
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

    /** Stage 2-1 with the step sizes of {@code name}; the free run's result. */
    NDArray animated(String name, JsonNode parameters, NDArray anchor) {
      NDArray still = video("stage2.static_video");
      NDArray noise = video("noise.1_nivsds_eps");
      NDArray repeated = anchor.repeat(0, still.getShape().get(0));
      trace("stage2.static_video", repeated, still);
      long[] timesteps = new Extent.Steps(parameters.path("p_ni_vsds").asDouble())
          .of(scheduler.timesteps(), scheduler.schedule().size());
      exact(name + ".nivsds.timesteps", timesteps);
      StepSizes sizes = new StepSizes(StreamSupport.stream(parameters.path("step_sizes").spliterator(), false)
          .map(JsonNode::asDouble).toList());
      for (int i = 0; i < timesteps.length; i++) {
        comparisons.add(Comparison.exact(name + ".nivsds.step_size." + i, (float) sizes.at(i),
            io.get(name + ".nivsds.step_size").getFloat(i)));
      }
      step(name + ".nivsds.first_noisy_latents", scheduler.addNoise(still, noise, timesteps[0]));
      network(name + ".nivsds.first_unet_output",
          model.both(video(name + ".nivsds.first_noisy_latents"), timesteps[0]),
          TraceModel.videos(io.get(name + ".nivsds.first_unet_output")));
      List<NDArray> states = StepTrace.states(still, io.get(name + ".nivsds.latents"), TraceModel::video);
      for (int i = 0; i < timesteps.length; i++) {
        update(name, i, states, noise, timesteps[i], sizes.at(i));
      }
      NDArray animated = new NiVsds(scheduler).animate(model.video(), repeated, noise, timesteps, sizes,
          StepListener.NONE);
      trace(name + ".nivsds.latents", animated, states.get(timesteps.length));
      return animated;
    }

    /** One iteration from its recorded predecessor; the update is small beside v, so it is what is compared. */
    private void update(String name, int i, List<NDArray> states, NDArray noise, long timestep, double alpha) {
      try (Scope scope = new Scope()) {
        NDArray before = states.get(i);
        NDArray after = new NiVsds(scheduler).animate(model.video(), before, noise, new long[] {timestep},
            StepSizes.of(alpha), StepListener.NONE);
        comparisons.add(Comparison.relativeToRms(name + ".nivsds.update." + i, after.sub(before),
            states.get(i + 1).sub(before), UPDATE));
      }
    }

    /** Stage 2-2: noising and regeneration, of the recorded video and of the free run's. */
    void regenerated(String name, NDArray animated) {
      int from = Regeneration.startIndex(scheduler.steps(), reference.at("parameters", "p_re").asDouble());
      long[] timesteps = Arrays.copyOfRange(scheduler.timesteps(), from, scheduler.steps());
      exact(name + ".regen.timesteps", timesteps);
      NDArray noise = video("noise.2_regeneration");
      NDArray latents = io.get(name + ".nivsds.latents");
      NDArray recorded = TraceModel.video(latents.get(latents.getShape().get(0) - 1));
      NDArray noised = video(name + ".regen.noised_latents");
      step(name + ".regen.noised_latents", Regeneration.noised(scheduler, recorded, noise, from));
      network(name + ".regen.first_guided_noise_pred", model.video().predict(noised, timesteps[0]),
          video(name + ".regen.first_guided_noise_pred"));
      StepTrace trace = new StepTrace(name + ".regen", model.video(), scheduler,
          StepTrace.states(noised, io.get(name + ".regen.trajectory"), TraceModel::video));
      trace.restart(comparisons);
      trace(name + ".final_latents", trace.run(Regeneration.noised(scheduler, animated, noise, from)),
          video(name + ".final_latents"));
    }

    private NDArray video(String name) {
      return TraceModel.video(io.get(name));
    }

    private void exact(String name, long... actual) {
      comparisons.add(Comparison.exact(name, actual, io.get(name).toLongArray()));
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
