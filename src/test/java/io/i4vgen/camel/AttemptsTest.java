// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttemptsTest {

  @TempDir
  Path folder;

  /** A process that is dead: nothing has run since 1970. */
  private Attempts dead(int number) {
    return new Attempts(folder, 2, number + "@1");
  }

  @Test
  void countsDeadProcessesAndForgetsTheDeliveryWhenItRefusesIt() throws Exception {
    dead(1).begin("message 1", "deadly");
    dead(2).begin("message 1", "deadly");
    Attempts attempts = new Attempts(folder, 2);
    assertThatThrownBy(() -> attempts.begin("message 1", "deadly")).isInstanceOf(DeadlyJob.class)
        .hasMessageContaining("job deadly was begun 2 times");
    assertThat(Files.list(folder)).isEmpty();
    attempts.begin("message 1", "deadly");
  }

  @Test
  void countsNoProcessThatWasToldToEndAndForgetsNoneThatDiedBefore() {
    dead(1).begin("message 1", "deadly");
    Attempts stopped = dead(2);
    stopped.begin("message 1", "deadly");
    stopped.begin("message 2", "harmless");
    stopped.close();
    stopped.begin("message 2", "harmless");
    assertThat(folder.toFile().list()).hasSize(1);
    dead(3).begin("message 1", "deadly");
    Attempts attempts = new Attempts(folder, 2);
    assertThatThrownBy(() -> attempts.begin("message 1", "deadly")).isInstanceOf(DeadlyJob.class)
        .hasMessageContaining("job deadly was begun 2 times");
  }

  @Test
  void countsNoJobsOfOneIdThatThisProcessRunsAtTheSameTime() {
    Attempts attempts = new Attempts(folder, 1);
    attempts.begin("message 1", "same");
    attempts.begin("message 2", "same");
    attempts.begin("message 2", "same");
    new Attempts(folder, 1).begin("message 1", "same");
    attempts.end("message 1");
    attempts.end("message 2");
    assertThat(folder).isEmptyDirectory();
  }
}
