// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.i4vgen.generation.Job;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GenerateTest {

  @Test
  void aPlainPromptIsItsFilesName() {
    assertThat(Generate.name("A red star, moving right!", 42)).isEqualTo("a-red-star-moving-right-42");
    assertThat(Generate.name("a".repeat(60), -1)).isEqualTo("a".repeat(60) + "--1");
  }

  @Test
  void promptsThatDifferInWhatANameLeavesOutHaveDifferentFiles() {
    String same = "star ".repeat(30);
    assertThat(Generate.name("红色的星星", 7)).startsWith("video-").endsWith("-7")
        .isNotEqualTo(Generate.name("蓝色的圆环", 7));
    assertThat(Generate.name("ein grüner Würfel", 7)).startsWith("ein-gr-ner-w-rfel-")
        .isNotEqualTo(Generate.name("ein grÜßer Wörfel", 7)).isNotEqualTo(Generate.name("ein gr ner w rfel", 7));
    assertThat(Generate.name(same + "left", 7)).startsWith("star-star-").isNotEqualTo(Generate.name(same + "right", 7));
    assertThat(Generate.name("?", 7)).isNotEqualTo(Generate.name("!", 7));
  }

  @Test
  void theNameCanBeTheIdOfAJobInEveryRoute() {
    String id = Generate.name("星" + "star ".repeat(30), -1) + "-without-regeneration-sparsectrl-scr";
    assertThat(new Job(id, "a star", null, 7, "shapes", Map.of()).id()).isEqualTo(id);
  }
}
