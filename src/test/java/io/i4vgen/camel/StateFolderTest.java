// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFolderTest {

  @TempDir
  Path folder;

  @Test
  void oneInWhichNothingCanBeKeptIsRefusedBeforeTheBrokerStarts() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    Home home = Home.in(folder).set("i4vgen.state", file.resolve("state").toString());
    assertThatThrownBy(() -> Engine.serve(home.configuration(), Home.SILENT)).isInstanceOf(BadJob.class)
        .hasMessage("i4vgen.state is '%s/state': '%s' is a file, not a folder; the queue and what has become of jobs"
            + " are kept there: set another i4vgen.state, or change whose it is", file, file);
  }

  @Test
  void whatIsInItMustBeOfUseToo() throws Exception {
    StateFolder state = new StateFolder(folder.resolve("state"));
    state.require();
    assertThat(state.path()).doesNotExist();
    Files.createDirectories(state.path());
    Files.writeString(state.broker(), "no folder");
    assertThatThrownBy(state::require).isInstanceOf(BadJob.class)
        .hasMessageContaining("'%s' is a file, not a folder", state.broker());
  }
}
