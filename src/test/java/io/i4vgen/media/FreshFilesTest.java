// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreshFilesTest {

  @TempDir
  Path folder;

  @Test
  void whatIsKeptStaysAndNothingElseIsLeft() throws IOException {
    keepsWhatIsThere(folder);
  }

  @Test
  void whatIsKeptStaysOnADiskWithoutLinks() throws IOException {
    try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("disk.zip"), Map.of("create", "true"))) {
      Path disk = zip.getPath("/");
      assertThatThrownBy(() -> Files.createLink(disk.resolve("a"), disk.resolve("b")))
          .isInstanceOf(UnsupportedOperationException.class);
      keepsWhatIsThere(disk);
    }
  }

  private static void keepsWhatIsThere(Path disk) throws IOException {
    Path file = disk.resolve("star.txt");
    write(file, "first");
    assertThatThrownBy(() -> write(file, "second")).isInstanceOf(NameTaken.class)
        .hasMessage("cannot write " + file + ": it is there already");
    assertThat(Files.readString(file)).isEqualTo("first");
    assertThat(disk).isDirectoryNotContaining(one -> one.toString().endsWith(".part"));
  }

  private static void write(Path file, String text) throws IOException {
    FreshFiles.write(file, Existing.KEPT, temporary -> Files.writeString(temporary, text));
  }
}
