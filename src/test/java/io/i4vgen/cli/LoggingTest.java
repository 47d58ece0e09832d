// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoggingTest {

  private final String usual = System.getProperty("I4VGEN_LOG");

  @BeforeEach
  void forget() {
    System.clearProperty("I4VGEN_LOG");
    System.clearProperty("I4VGEN_ROUTE_LOG");
  }

  @AfterEach
  void restore() {
    forget();
    if (usual != null) {
      System.setProperty("I4VGEN_LOG", usual);
    }
  }

  private static String level(boolean debug, Map<String, String> environment) {
    Logging.configure(debug, "WARN", "INFO", environment);
    return System.getProperty("I4VGEN_LOG");
  }

  @Test
  void theUsersLevelWinsOverTheCommands() {
    // the log's configuration looks for a property first, then into the environment
    assertThat(level(false, Map.of("I4VGEN_LOG", "ERROR"))).isNull();
    System.setProperty("I4VGEN_LOG", "INFO");
    assertThat(level(false, Map.of())).isEqualTo("INFO");
  }

  @Test
  void debugWinsOverAll() {
    assertThat(level(true, Map.of("I4VGEN_LOG", "ERROR"))).isEqualTo("DEBUG");
  }

  @Test
  void theCommandsLevelHoldsElse() {
    assertThat(level(false, Map.of())).isEqualTo("WARN");
  }

  @Test
  void whatRoutesLogHasALevelOfItsOwnUnlessTheUserSaysOne() {
    assertThat(level(false, Map.of("I4VGEN_LOG", "ERROR"))).isNull();
    assertThat(System.getProperty("I4VGEN_ROUTE_LOG")).isNull();
    level(false, Map.of());
    assertThat(System.getProperty("I4VGEN_ROUTE_LOG")).isEqualTo("INFO");
  }
}
