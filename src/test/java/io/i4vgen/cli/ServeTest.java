// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeTest {

  @TempDir
  Path folder;

  @Test
  void saysWhatItWaitsForBeforeItStops() {
    assertThat(Stopping.text(0, Duration.ofSeconds(30))).isEqualTo("stopping");
    assertThat(Stopping.text(1, Duration.ofSeconds(30))).startsWith("stopping: waits up to 30 s for 1 job; what does"
        + " not end is run again at the next start (it goes on at the same step)");
    assertThat(Stopping.text(2, Duration.ofSeconds(5))).startsWith("stopping: waits up to 5 s for 2 jobs; ");
  }

  @Test
  void endsAtOnceIfItIsToldToStopASecondTime() throws Exception {
    Path log = folder.resolve("log");
    Path inbox = Files.createDirectories(folder.resolve("inbox"));
    Files.writeString(inbox.resolve("star.yaml"), "{prompt: a red star, steps: 900}");
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        I4vgen.class.getName(), "serve", "--set", "i4vgen.inbox=" + inbox, "--set", "i4vgen.state="
            + folder.resolve("state"), "--set", "i4vgen.output=" + folder, "--set", "i4vgen.shutdown-seconds=600")
        .redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      await(process, log, "text-encode done");
      process.destroy();
      await(process, log, "stopping: waits up to 600 s for 1 job;");
      process.destroy();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(Files.readString(log)).isTrue();
      assertThat(process.exitValue()).isEqualTo(128 + 15);
      assertThat(inbox.resolve("star.yaml")).exists();
      assertThat(Files.readString(log)).doesNotContain("networks:");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static void await(Process process, Path log, String text) throws Exception {
    while (!Files.readString(log).contains(text)) {
      assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }
}
