// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every sampler step by step beside diffusers' own; {@code tools/sampler-traces} has made the numbers. */
class SamplerTraceTest {

  private static final Path FOLDER = Path.of("src/test/resources/samplers");
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
  private static final float TOLERANCE = 1e-5f;

  private static NDManager manager;
  private static Map<String, NDArray> recorded;

  @BeforeAll
  static void open() {
    manager = NDManager.newBaseManager();
    try (StateDict file = StateDict.open(FOLDER.resolve("traces.safetensors"))) {
      recorded = new TreeMap<>(file.load(manager));
    }
  }

  @AfterAll
  static void close() {
    manager.close();
  }

  /** One recorded case. */
  private record Trace(int number, String name, SchedulerConfig config, int steps, int start) {

    static List<Trace> all() throws IOException {
      List<Trace> traces = new ArrayList<>();
      for (JsonNode one : JSON.readTree(FOLDER.resolve("cases.json").toFile()).path("cases")) {
        Map<String, Object> values = map(one.path("config"));
        values.put("_class_name", one.path("class").asText());
        traces.add(new Trace(traces.size(), "%d %s".formatted(traces.size(), one), SchedulerConfig.of(values),
            one.path("steps").asInt(), one.path("start").asInt()));
      }
      return traces;
    }

    Scheduler scheduler() {
      return config.sampler().scheduler(config, steps, 0);
    }

    /** Without signal at the start diffusers' Euler holds 4096 times the noise in fp32, and takes most of it away. */
    float tolerance() {
      return config.zeroTerminalSnr() ? 10 * TOLERANCE : TOLERANCE;
    }

    NDArray tensor(String part) {
      return recorded.get("case" + number + "." + part);
    }

    NoiseSource noise() {
      int[] next = {0};
      return (memory, shape) -> tensor("noise").get(next[0]++);
    }
  }

  @SuppressWarnings("unchecked") // a JSON object is a map from texts
  private static Map<String, Object> map(JsonNode object) {
    return JSON.convertValue(object, Map.class);
  }

  /** The model of the traces: what it returns depends on every coordinate and on the timestep. */
  private static NDArray model(NDArray x, double timestep) {
    return x.mul(1.3).add(timestep / 200).sin().mul(0.8).add(x.mul(0.2));
  }

  @Test
  void everyStepIsThatOfDiffusers() throws IOException {
    Set<SamplerKind> seen = new HashSet<>();
    for (Trace trace : Trace.all()) {
      Scheduler scheduler = trace.scheduler();
      NDArray expected = trace.tensor("states");
      List<float[]> states = new ArrayList<>();
      Sampler.denoise(SamplerTraceTest::model, scheduler, expected.get(0), trace.start(), trace.noise(),
          (step, steps, timestep, latent) -> states.add(latent.toFloatArray()));
      assertThat(states).as(trace.name()).hasSize(trace.steps() - trace.start());
      for (int i = 0; i < states.size(); i++) {
        assertThat(largestDifference(states.get(i), expected.get(i + 1).toFloatArray()))
            .as("step %d of case %s", i, trace.name()).isLessThan(trace.tolerance());
      }
      seen.add(trace.config().sampler());
    }
    assertThat(seen).containsExactlyInAnyOrder(SamplerKind.values());
  }

  /** Of 1 or, where the toy model has driven the state further out, of its largest number. */
  private static double largestDifference(float[] actual, float[] expected) {
    double size = 1;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      size = Math.max(size, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs((double) actual[i] - expected[i]));
    }
    return difference / size;
  }

  @Test
  void theModelIsAskedAtTheTimestepsOfDiffusers() throws IOException {
    for (Trace trace : Trace.all()) {
      float[] expected = trace.tensor("timesteps").toFloatArray();
      double[] timesteps = trace.scheduler().timesteps();
      assertThat(timesteps).as(trace.name()).hasSize(expected.length);
      for (int i = 0; i < expected.length; i++) {
        assertThat((float) timesteps[i]).as(trace.name()).isCloseTo(expected[i],
            within(1e-3f));
      }
    }
  }

  @Test
  void whatDiffusersSavesByDefaultIsReadWithItsDefaults() throws IOException {
    JsonNode saved = JSON.readTree(FOLDER.resolve("defaults.json").toFile());
    assertThat(saved).hasSize(SamplerKind.values().length);
    saved.properties().forEach(entry -> {
      SchedulerConfig whole = SchedulerConfig.of(map(entry.getValue()));
      assertThat(whole).isEqualTo(SchedulerConfig.of(Map.of("_class_name", entry.getKey())));
      assertThat(whole.sampler().className()).isEqualTo(entry.getKey());
      assertThat(whole.notes()).isEmpty();
    });
  }
}
