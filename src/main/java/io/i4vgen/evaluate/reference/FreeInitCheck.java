// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.i4vgen.diffusion.BetaSchedule;
import io.i4vgen.diffusion.Ddim;
import io.i4vgen.diffusion.FreeInit;
import io.i4vgen.diffusion.FrequencyMix;
import io.i4vgen.diffusion.LowPassFilter;
import io.i4vgen.diffusion.LowPassFilter.Kind;
import io.i4vgen.diffusion.NoiseSource;
import io.i4vgen.diffusion.Sampler;
import io.i4vgen.diffusion.Scheduler;
import io.i4vgen.diffusion.SchedulerConfig;
import io.i4vgen.diffusion.StepListener;
import io.i4vgen.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * FreeInit: filters, frequency mix, and the loop, each iteration from its recorded start and all in one run. The
 * original runs on AnimateDiff's DDIM scheduler, which the cases do not repeat in numbers.
 */
final class FreeInitCheck implements Check {

  private static final Pattern MIX = Pattern.compile("mix\\.(.+)\\.out\\.(.+)");
  private static final SchedulerConfig ANIMATEDIFF = SchedulerConfig.of(Map.of("beta_start", 0.00085, "beta_end",
      0.012, "beta_schedule", BetaSchedule.LINEAR.name().toLowerCase(Locale.ROOT), "steps_offset", 1,
      "clip_sample", false));

  @Override
  public String kind() {
    return "freeinit-trace";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    Tensors io = reference.io(manager);
    List<Comparison> comparisons = new ArrayList<>();
    reference.at("filters").forEach(filter -> comparisons.add(filter(filter, io)));
    io.names().forEach(name -> {
      Matcher m = MIX.matcher(name);
      if (m.matches()) {
        comparisons.add(mix(name, "mix." + m.group(1), named(m.group(2), 0.25, 0.25), io));
      }
    });
    reference.at("loops").fields().forEachRemaining(loop -> {
      double guidance = loop.getValue().path("guidance").asDouble();
      try (TraceModel model = TraceModel.open(reference, guidance, manager)) {
        new Loop(io, loop.getKey() + ".", loop.getValue(), model, comparisons).compare();
      }
    });
    return comparisons;
  }

  private static Comparison filter(JsonNode json, Tensors io) {
    LowPassFilter filter =
        named(json.path("type").asText(), json.path("d_s").asDouble(), json.path("d_t").asDouble());
    return mask(json.path("tensor").asText(), filter, io);
  }

  private static Comparison mask(String name, LowPassFilter filter, Tensors io) {
    NDArray expected = io.get(name);
    long[] size = expected.getShape().getShape();
    float[] mask = filter.mask((int) size[0], (int) size[1], (int) size[2]);
    return Comparison.absolute(name, expected.getManager().create(mask, expected.getShape()), expected, 1e-6);
  }

  /** "butterworth_n4", "gaussian" ... */
  private static LowPassFilter named(String type, double spatial, double temporal) {
    String[] parts = type.split("_n");
    return new LowPassFilter(Kind.valueOf(parts[0].toUpperCase(Locale.ROOT)), spatial, temporal,
        parts.length > 1 ? Integer.parseInt(parts[1]) : 4);
  }

  /** The mixes were recorded with both stop frequencies .25. */
  private static Comparison mix(String name, String prefix, LowPassFilter filter, Tensors io) {
    NDArray mixed = new FrequencyMix(filter).mix(TraceModel.video(io.get(prefix + ".x")),
        TraceModel.video(io.get(prefix + ".noise")));
    return Comparison.absolute(name, mixed, TraceModel.video(io.get(name)), 1e-5);
  }

  private record Loop(Tensors io, String prefix, JsonNode json, TraceModel model, List<Comparison> comparisons) {

    void compare() {
      int steps = json.path("steps").asInt();
      FreeInit freeInit = new FreeInit(filter(), json.path("iters").asInt(), json.path("fast").asBoolean());
      comparisons.add(mask(prefix + "filter", filter(), io));
      comparisons.add(SchedulerCheck.alphaBars(prefix, scheduler(steps), io));
      comparisons.addAll(TorchRandnCheck.drawn(io, prefix + "noise.", json.path("seed").asLong()));
      for (int i = 0; i < freeInit.iterations(); i++) {
        try (Scope scope = new Scope()) {
          iteration(i, scheduler(freeInit.steps(i, steps)));
        }
      }
      NDArray free = freeInit.sample(model.video(), Loop::scheduler, steps, initial(), initial(), recorded(),
          StepListener.NONE);
      comparisons.add(Comparison.trace(prefix + "free", free, at("latents_after_iter", freeInit.iterations() - 1)));
    }

    private void iteration(int i, Scheduler scheduler) {
      comparisons.add(Comparison.exact(prefix + "timesteps_iter" + i, scheduler.timesteps(),
          io.wholes(prefix + "timesteps_iter" + i)));
      if (i > 0) {
        NDArray noised = scheduler.addNoise(at("latents_after_iter", i - 1), initial(),
            json.path("diffuse_timestep").asLong());
        comparisons.add(Comparison.step(prefix + "z_T." + i, noised, at("z_T", i - 1)));
        NDArray mixed = new FrequencyMix(filter()).mix(at("z_T", i - 1), fresh(i));
        comparisons.add(Comparison.absolute(prefix + "mixed." + i, mixed, at("mixed", i - 1), 1e-5));
      }
      NDArray start = i == 0 ? initial() : at("mixed", i - 1);
      NDArray sampled = Sampler.denoise(model.video(), scheduler, start, 0, NoiseSource.NONE, StepListener.NONE);
      comparisons.add(Comparison.trace(prefix + "iteration." + i, sampled, at("latents_after_iter", i)));
    }

    private static Scheduler scheduler(int steps) {
      return new Ddim(ANIMATEDIFF, steps, 0);
    }

    private LowPassFilter filter() {
      return new LowPassFilter(Kind.valueOf(json.path("method").asText().toUpperCase(Locale.ROOT)),
          json.path("d_s").asDouble(), json.path("d_t").asDouble(), json.path("n").asInt(4));
    }

    private NDArray initial() {
      return TraceModel.video(io.get(prefix + "noise.0_initial"));
    }

    private NDArray fresh(int i) {
      return TraceModel.video(io.get(prefix + "noise." + i + "_zrand_iter" + i));
    }

    private NDArray at(String name, int i) {
      return TraceModel.video(io.get(prefix + name).get(i));
    }

    /** The recorded high frequencies, one after the other. */
    private NoiseSource recorded() {
      int[] drawn = {0};
      return (manager, shape) -> fresh(++drawn[0]);
    }
  }
}
