// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.Job;
import io.i4vgen.generation.MissingPart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines deleted from copies of the shipped route, and fifty jobs through it, on the demo pack. */
class AblationTest {

  private static final Path ROUTES = Path.of("routes");

  @TempDir
  Path folder;

  private static Job job(int seed, Map<String, String> parameters) {
    return new Job("one", "a red star in the sky", null, seed, "shapes", parameters);
  }

  private Configuration configuration() {
    return Configuration.load(Map.of(), Map.of("i4vgen.home", Path.of("").toAbsolutePath().toString(),
        "i4vgen.routes", folder.toString(), "i4vgen.output", folder.resolve("outbox").toString(),
        "i4vgen.packs", Path.of("plugins").toAbsolutePath().toString()));
  }

  /** A copy of the shipped route under the name {@code id}, without the line of a step. */
  private void copy(String id, String without) throws IOException {
    Files.createDirectories(folder.resolve("kamelets"));
    try (var kamelets = Files.list(ROUTES.resolve("kamelets"))) {
      for (Path kamelet : kamelets.toList()) {
        Files.write(folder.resolve("kamelets").resolve(kamelet.getFileName()), Files.readAllBytes(kamelet));
      }
    }
    String yaml = Files.readString(ROUTES.resolve("i4vgen.camel.yaml"));
    String line = ".*i4vgen-" + without + "-action.*\n";
    Files.writeString(folder.resolve(id + ".camel.yaml"), yaml.replaceAll(line, "")
        .replace("id: i4vgen", "id: " + id).replace("direct:i4vgen", "direct:" + id));
  }

  @Test
  void aRouteWithoutALineMakesAnotherVideo() throws Exception {
    copy("whole", "nothing");
    copy("still", "ni-vsds");
    copy("unscored", "image-reward");
    Map<String, String> parameters = Map.of("steps", "3", "candidates", "4", "frames", "4");
    try (Engine engine = Engine.start(configuration(), Set.of("whole", "still", "unscored"), Home.SILENT)) {
      int seed = 1;
      Outcome whole = engine.generate("whole", job(seed, parameters));
      while (whole.anchor().orElseThrow() == 0) { // the first seed whose best candidate is not the first
        whole = engine.generate("whole", job(++seed, parameters));
      }
      byte[] video = Files.readAllBytes(whole.file().orElseThrow());
      Outcome still = engine.generate("still", job(seed, parameters));
      assertThat(still.anchor()).isEqualTo(whole.anchor());
      assertThat(Files.readAllBytes(still.file().orElseThrow())).isNotEqualTo(video);
      Outcome unscored = engine.generate("unscored", job(seed, parameters));
      assertThat(unscored.anchor()).contains(0);
      assertThat(Files.readAllBytes(unscored.file().orElseThrow())).isNotEqualTo(video);
    }
  }

  @Test
  void aRouteWithoutTheTextEncoderNamesIt() throws Exception {
    copy("mute", "text-encode");
    try (Engine engine = Engine.start(configuration(), Set.of("mute"), Home.SILENT)) {
      assertThatThrownBy(() -> engine.generate("mute", job(1, Map.of("steps", "1", "candidates", "1"))))
          .isInstanceOf(MissingPart.class).hasMessageContaining("put i4vgen-text-encode-action or "
              + "i4vgen-prompt-travel-action before it");
      assertThat(engine.open()).isZero();
    }
  }

  @Test
  void fiftyJobsLeaveNoGenerationAndNoMemoryOfNetworksBehind() throws Exception {
    copy("whole", "nothing");
    Map<String, String> smallest = Map.of("steps", "1", "candidates", "1", "frames", "2");
    try (Engine engine = Engine.start(configuration(), Set.of("whole"), Home.SILENT)) {
      engine.generate("whole", job(0, smallest));
      long loads = engine.models().counts().loads();
      long bytes = engine.models().counts().bytes();
      for (int i = 1; i <= 50; i++) {
        engine.generate("whole", job(i, smallest));
        assertThat(engine.open()).isZero();
        assertThat(engine.models().counts().leases()).isZero();
      }
      assertThat(engine.models().counts().loads()).isEqualTo(loads);
      assertThat(engine.models().counts().bytes()).isEqualTo(bytes);
    }
  }
}
