// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Tests that run stages on the demo pack; those of one class share its loaded networks. */
abstract class WithPipelines {

  @TempDir
  static Path folder;

  static Pipelines pipelines;

  @BeforeAll
  static void open() {
    pipelines = new Pipelines(folder);
  }

  @AfterAll
  static void close() {
    pipelines.close();
  }
}
