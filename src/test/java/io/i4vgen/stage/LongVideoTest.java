// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LongVideoTest extends WithPipelines {

  private static Job job(Map<String, String> parameters) {
    Map<String, String> all = new HashMap<>(Map.of("steps", "2"));
    all.putAll(parameters);
    return Pipelines.job("a red star moving right over green hills", 3, all);
  }

  private static List<Stage> latents(Stage... first) {
    return Stream.concat(Stream.of(first),
        Pipelines.textToVideo().subList(0, 3).stream()).toList();
  }

  private static Stage windows() {
    return new ContextWindows(null, null, null, null, null);
  }

  @Test
  void aVideoThatIsOneWindowIsTheBaselinesToTheBit() {
    Job job = job(Map.of("frames", "6"));
    try (Generation plain = pipelines.run(job, latents());
        Generation windowed = pipelines.run(job, latents(windows()))) {
      assertThat(windowed.parts().get(Part.VIDEO).toFloatArray())
          .isEqualTo(plain.parts().get(Part.VIDEO).toFloatArray());
    }
  }

  @ParameterizedTest
  @CsvSource({"uniform, flat, prediction", "uniform, pyramid, attention", "freenoise, flat, attention",
      "freenoise, pyramid, prediction"})
  void moreFramesThanTheModelHasPositionsForCanBeMade(String method, String weights, String mean) {
    Job job = job(Map.of("frames", "33", "steps", "1", "context-windows.length", "8", "context-windows.stride", "8",
        "context-windows.method", method, "context-windows.weights", weights, "context-windows.mean", mean));
    try (Generation made = pipelines.run(job, latents(windows()))) {
      NDArray video = made.parts().get(Part.VIDEO);
      assertThat(video.getShape()).isEqualTo(new Shape(33, 4, 16, 16));
      assertThat(video.isInfinite().any().getBoolean() || video.isNaN().any().getBoolean()).isFalse();
      assertThat(made.provenance().get(0).options()).containsEntry("method", method).containsEntry("weights", weights)
          .containsEntry("length", "8").containsEntry("mean", mean);
    }
  }

  @ParameterizedTest
  @CsvSource({"freenoise, attention, 2", "freenoise, , 10", "uniform, attention, 2"})
  void freeNoiseCallsTheNetworkOnceForAllWindows(String method, String mean, int calls) {
    Job job = job(Map.of("frames", "18", "context-windows.length", "6", "context-windows.stride", "3",
        "context-windows.method", method, "context-windows.mean", mean == null ? "auto" : mean));
    AtomicInteger called = new AtomicInteger();
    Progress counting = new Progress() {
      @Override
      public void predicted(Job one, boolean motion) {
        called.incrementAndGet();
      }
    };
    try (Pipelines counted = new Pipelines(folder, counting); Generation made = counted.run(job, latents(windows()))) {
      assertThat(made.parts().get(Part.VIDEO).getShape()).isEqualTo(new Shape(18, 4, 16, 16));
      assertThat(called).hasValue(calls);
    }
  }

  @Test
  void freeNoiseGivesEveryWindowTheNoiseOfTheFirst() {
    Job job = job(Map.of("frames", "12", "context-windows.length", "4", "context-windows.stride", "2"));
    List<Stage> stages = List.of(windows(), new Noise(null, null, null, null));
    try (Generation free = pipelines.run(job, stages);
        Generation plain = pipelines.run(job, stages.subList(1, 2))) {
      NDArray noise = free.parts().get(Part.NOISY);
      NDArray own = plain.parts().get(Part.NOISY);
      assertThat(noise.get("0:4").toFloatArray()).isEqualTo(own.get("0:4").toFloatArray());
      for (int window = 2; window <= 8; window += 2) {
        float sum = noise.get("{}:{}", window, window + 4).sum().getFloat();
        assertThat(sum).isCloseTo(own.get("0:4").sum().getFloat(), within(1e-2f));
      }
      assertThat(noise.get("4:").toFloatArray()).isNotEqualTo(own.get("4:").toFloatArray());
    }
  }

  @Test
  void everyStageThatPredictsLooksThroughTheWindows() {
    Job job = job(Map.of("frames", "9", "candidates", "1", "context-windows.length", "3", "free-init.iterations", "1"));
    List<Stage> stages = List.of(windows(), new TextEncode(), new Candidates(null, null, null, null),
        new SelectAnchor(),
        new Replicate(null), new NiVsds(null, null, null, null, null, null), new Noise(null, null, null, null));
    try (Generation noisy = pipelines.run(job, stages);
        Generation once = pipelines.run(job, List.of(windows(), new TextEncode(), new Noise(null, null, null, null),
            new FreeInit(null, null, null, null, null, null, null, null)));
        Generation plain = pipelines.run(job, latents(windows()))) {
      assertThat(noisy.parts().get(Part.NOISY).getShape()).isEqualTo(new Shape(9, 4, 16, 16));
      assertThat(once.parts().get(Part.VIDEO).toFloatArray()).isEqualTo(plain.parts().get(Part.VIDEO).toFloatArray());
    }
  }

  @Test
  void framesBeyondTheTableOfPositionsAreRefusedWithTheWayOut() {
    Noise noise = new Noise(null, null, null, null);
    Job job = job(Map.of("frames", "33"));
    assertThatThrownBy(() -> noise.check(job, pipelines.models(), List.of(noise))).isInstanceOf(BadJob.class)
        .hasMessage("frames is '33': the motion modules of pack 'shapes' know 1 to 32; for more, put "
            + "i4vgen-context-windows-action into the route, as long-video has");
    noise.check(job, pipelines.models(), List.of(windows(), noise));
  }

  @Test
  void windowsThatTheModelCannotSeeAreRefused() {
    assertThatThrownBy(() -> windows().check(job(Map.of("context-windows.length", "33")), pipelines.models()))
        .isInstanceOf(BadJob.class)
        .hasMessage("context-windows.length is '33': the motion modules of pack 'shapes' know 1 to 32");
    assertThatThrownBy(() -> windows().check(job(Map.of("context-windows.stride", "17")), pipelines.models()))
        .isInstanceOf(BadJob.class)
        .hasMessage("context-windows.stride is '17': must be 1 to the windows' length, which is 16");
    assertThatThrownBy(() -> new ContextWindows("looped", null, null, null, null)).isInstanceOf(BadJob.class)
        .hasMessage("parameter 'method' of i4vgen-context-windows-action is 'looped': must be uniform or freenoise");
  }
}
