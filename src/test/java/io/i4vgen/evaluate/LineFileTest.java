// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineFileTest {

  @TempDir
  Path folder;

  @Test
  void aTableHasThePermissionsOfEveryOtherFile() throws IOException {
    Path usual = Files.createFile(folder.resolve("usual"));
    Path table = folder.resolve("table.csv");
    new LineFile(table).replace(List.of("a,b", "1,2"));
    assertThat(table).hasContent("a,b\n1,2\n");
    for (String view : folder.getFileSystem().supportedFileAttributeViews()) {
      if (view.equals("posix")) {
        assertThat(Files.getPosixFilePermissions(table)).isEqualTo(Files.getPosixFilePermissions(usual));
      }
    }
  }

  @Test
  void nothingIsLeftOfATableThatCouldNotBeWritten() throws IOException {
    Path taken = Files.createDirectories(folder.resolve("table.csv/below")).getParent();
    assertThatThrownBy(() -> new LineFile(taken).replace(List.of("a,b"))).isInstanceOf(IOException.class);
    assertThat(folder.toFile().list()).containsExactly("table.csv");
  }
}
