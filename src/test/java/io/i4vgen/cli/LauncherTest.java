// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class LauncherTest {

  @Test
  void namesAJavaHomeThatIsNone() throws Exception {
    ProcessBuilder launcher = new ProcessBuilder(List.of("./i4vgen", "--version")).redirectErrorStream(true);
    launcher.environment().put("JAVA_HOME", "/nowhere");
    Process process = launcher.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isOne();
    assertThat(said).isEqualToIgnoringNewLines("i4vgen: JAVA_HOME is '/nowhere', but there is no /nowhere/bin/java:"
        + " set it to a JDK, 17 or newer");
  }
}
