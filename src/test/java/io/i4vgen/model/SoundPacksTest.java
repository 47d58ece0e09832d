// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SoundPacksTest {

  @TempDir Path parent;
  private final SoundPacks packs = new SoundPacks();
  private Path folder;

  @BeforeEach
  void write() throws IOException {
    folder = SmallPack.write(parent);
  }

  private PackDescription small() {
    return new Packs(List.of(parent)).find("small");
  }

  @Test
  void aPackIsLookedAtAgainWhenOneOfItsFilesIsAnother() throws IOException {
    PackDescription pack = small();
    packs.require(pack, Set.of());
    Path file = folder.resolve("vae/model.safetensors");
    FileTime before = Files.getLastModifiedTime(file);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, new byte[bytes.length]);
    Files.setLastModifiedTime(file, before);
    packs.require(pack, Set.of());
    Files.setLastModifiedTime(file, FileTime.fromMillis(before.toMillis() + 2000));
    assertThatThrownBy(() -> packs.require(pack, Set.of())).isInstanceOf(PackException.class)
        .hasMessageStartingWith("pack 'small', network 'vae': " + file);
    Files.write(file, bytes);
    packs.require(pack, Set.of(Kind.REWARD, Kind.SPARSECTRL_RGB));
  }

  @Test
  void aPackWithManyFaultsTellsThree() throws IOException {
    Files.writeString(folder.resolve("text/config.json"), Files.readString(folder.resolve("text/config.json"))
        .replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"));
    SmallPack.describe(folder, SmallPack.HEAD);
    assertThatThrownBy(() -> packs.require(small(), Set.of()))
        .hasMessageStartingWith("pack 'small': " + folder.resolve("text/model.safetensors") + ": text_model.encoder")
        .hasMessageEndingWith("; and 13 faults more, which ./i4vgen models check lists");
  }
}
