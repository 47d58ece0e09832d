// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.model.PackDescription;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingTest extends WithPipelines {

  private static final Setting<Integer> STEPS = Setting.whole("noise", "steps", "steps", null, 1, 1000);

  private static Job job(Map<String, String> parameters) {
    return Pipelines.job("a red star", 1, parameters);
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", " auto ", "", " "})
  void autoAndNothingSayNothingWhoeverWritesThem(String nothing) {
    PackDescription pack = pipelines.models().describe("shapes");
    STEPS.check(job(Map.of("steps", nothing)));
    assertThat(STEPS.in(job(Map.of("steps", nothing)), pack)).contains(25);
    assertThat(STEPS.in(job(Map.of("noise.steps", nothing, "steps", "7")), pack)).contains(7);
    assertThat(Setting.whole("noise", "steps", "steps", nothing, 1, 1000).in(job(Map.of()), pack)).contains(25);
    assertThat(pack.preset(nothing)).isEqualTo(pack.preset(null));
    Job loras = job(Map.of("loras", nothing));
    assertThat(Loras.moved(loras, Path.of("/loras")::resolve)).isEqualTo(loras);
  }

  @Test
  void anOptionOfOneOfSomeWordsNamesThemAll() {
    assertThatThrownBy(() -> new FreeInit(null, "Gaussian", null, null, null, null, null, null))
        .isInstanceOf(BadJob.class).hasMessage("parameter 'filter' of i4vgen-free-init-action is 'Gaussian': must be"
            + " butterworth, gaussian, ideal or box");
  }
}
