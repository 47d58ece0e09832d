// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.i4vgen.diffusion.Ddim;
import io.i4vgen.diffusion.Ddpm;
import io.i4vgen.diffusion.NoiseSource;
import io.i4vgen.diffusion.Scheduler;
import io.i4vgen.diffusion.SchedulerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Schedulers alone: steps with given model outputs, each from the recorded state and all in a chain, and noising. */
final class SchedulerCheck implements Check {

  /** diffusers v0.19 was the first whose DDPM scheduler honoured steps_offset. */
  private static final int FIRST_WITH_OFFSET = 19;
  private static final double SCHEDULE = 1e-6;

  @Override
  public String kind() {
    return "ddim-steps";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    List<Comparison> comparisons = new ArrayList<>();
    for (JsonNode trace : reference.at("traces")) {
      Scheduler scheduler = scheduler(trace.path("scheduler").asText(), trace.path("config"),
          trace.path("steps").asInt(), trace.path("eta").asDouble(0), trace.path("provenance").path("tag").asText());
      new Trace(io, trace.path("prefix").asText() + ".", scheduler, manager).compare(comparisons);
    }
    return comparisons;
  }

  /** The scheduler that a case describes by diffusers' class name and version tag ("v0.16.0", or "" for unknown). */
  static Scheduler scheduler(String name, JsonNode config, int steps, double eta, String tag) {
    SchedulerConfig parsed = SchedulerConfig.of(
        new ObjectMapper().convertValue(config, new TypeReference<Map<String, Object>>() { }));
    if (name.startsWith("DDIMScheduler")) {
      return new Ddim(parsed, steps, eta);
    }
    if (name.startsWith("DDPMScheduler")) {
      boolean ignoresOffset = tag.matches("v0\\.\\d+\\..*")
          && Integer.parseInt(tag.split("\\.")[1]) < FIRST_WITH_OFFSET;
      return new Ddpm(ignoresOffset ? parsed.withStepsOffset(0) : parsed, steps);
    }
    throw new IllegalArgumentException("scheduler " + name + " must be DDIMScheduler or DDPMScheduler");
  }

  /** Compares with the tensor {@code prefix + "alphas_cumprod"}. */
  static Comparison alphaBars(String prefix, Scheduler scheduler, Tensors io) {
    NDArray recorded = io.get(prefix + "alphas_cumprod");
    NDArray alphaBars = recorded.getManager().create(scheduler.schedule().alphaBars());
    return Comparison.absolute(prefix + "alphas_cumprod", alphaBars, recorded, SCHEDULE);
  }

  /** Compares with the tensor {@code prefix + "final_alpha_cumprod"}, which only DDIM has. */
  static Optional<Comparison> finalAlphaBar(String prefix, Scheduler scheduler, Tensors io) {
    String name = prefix + "final_alpha_cumprod";
    return scheduler instanceof Ddim ddim && io.has(name)
        ? Optional.of(new Comparison(name, Math.abs(ddim.finalAlphaBar() - io.get(name).getFloat(0)), SCHEDULE))
        : Optional.empty();
  }

  private record Trace(Tensors io, String prefix, Scheduler scheduler, NDManager manager) {

    void compare(List<Comparison> comparisons) {
      comparisons.add(Comparison.exact(prefix + "timesteps", scheduler.timesteps(),
          io.wholes(prefix + "timesteps")));
      comparisons.add(Comparison.absolute(prefix + "betas", manager.create(scheduler.schedule().betas()),
          tensor("betas"), SCHEDULE));
      comparisons.add(alphaBars(prefix, scheduler, io));
      finalAlphaBar(prefix, scheduler, io).ifPresent(comparisons::add);
      addNoise(comparisons);
      NDArray chained = tensor("initial");
      for (int i = 0; i < scheduler.steps(); i++) {
        steps(i, comparisons);
        chained = step(i, chained);
        comparisons.add(Comparison.trace(prefix + "chained." + i, chained, at("prev_sample", i)));
      }
    }

    private NDArray tensor(String name) {
      return io.get(prefix + name);
    }

    private NDArray at(String name, int i) {
      return tensor(name).get(i);
    }

    private void addNoise(List<Comparison> comparisons) {
      long[] timesteps = tensor("add_noise.timesteps").toLongArray();
      for (int i = 0; i < timesteps.length; i++) {
        NDArray noised = scheduler.addNoise(tensor("add_noise.original"), tensor("add_noise.noise"), timesteps[i]);
        comparisons.add(Comparison.step(prefix + "add_noise.t" + timesteps[i], noised, at("add_noise.result", i)));
      }
    }

    /** Step {@code i} from the recorded state, so that an error shows where it is made. */
    private void steps(int i, List<Comparison> comparisons) {
      NDArray state = i == 0 ? tensor("initial") : at("prev_sample", i - 1);
      comparisons.add(Comparison.step(prefix + "original." + i,
          scheduler.original(at("model_output", i), i, state), at("pred_original_sample", i)));
      comparisons.add(Comparison.step(prefix + "step." + i, step(i, state), at("prev_sample", i)));
    }

    private NDArray step(int i, NDArray state) {
      NoiseSource recorded = io.has(prefix + "variance_noise")
          ? (m, shape) -> at("variance_noise", i) : NoiseSource.NONE;
      return scheduler.step(at("model_output", i), i, state, recorded);
    }
  }
}
