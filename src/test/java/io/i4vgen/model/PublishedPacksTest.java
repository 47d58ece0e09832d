// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.diffusion.SamplerKind;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublishedPacksTest {

  private static final URI HUB = URI.create("http://hub.example/models/");

  @TempDir Path parent;

  /** A copy of the descriptions alone, wherever the weights are on this machine. */
  private Packs packs() throws IOException {
    for (String name : new Packs(List.of(Path.of("plugins"))).names()) {
      Files.createDirectories(parent.resolve(name));
      Files.copy(Path.of("plugins", name, "plugin.yaml"), parent.resolve(name).resolve("plugin.yaml"));
    }
    return new Packs(List.of(parent), HUB);
  }

  @ParameterizedTest
  @ValueSource(strings = {"animatediff", "animatediff-v3", "lavie", "sparsectrl-rgb", "sparsectrl-scribble",
      "imagereward", "animatelcm", "animatediff-lightning"})
  void whatIsPublishedIsDescribedAndFetchedOnce(String name) throws IOException {
    Packs packs = packs();
    PackOutline outline = packs.outline(name);
    assertThat(outline.name()).isEqualTo(name);
    assertThat(outline.files().values()).allMatch(file -> file.hub().isPresent());
    assertThat(outline.file("ImageReward.pt")).isEqualTo(parent.resolve("hub/THUDM/ImageReward/ImageReward.pt"));
    assertThatThrownBy(() -> packs.find(name)).isInstanceOf(PackException.class);
  }

  @Test
  void withAllTheirFilesTheyAreModels() throws IOException {
    Packs packs = packs();
    Map<String, String> samplers = new TreeMap<>();
    for (String name : packs.names()) {
      Path yaml = parent.resolve(name).resolve("plugin.yaml");
      Files.writeString(yaml, Files.readString(yaml).replaceAll("bytes: \\d{5,}", "bytes: 7"));
      PackOutline outline = packs.outline(name);
      for (PackFile file : outline.files().values()) {
        Path path = file.location(outline.folder());
        Files.createDirectories(path.getParent());
        Files.write(path, Files.exists(Path.of("plugins", name, file.path())) && file.bytes() != 7
            ? Files.readAllBytes(Path.of("plugins", name, file.path())) : new byte[(int) Math.max(1, file.bytes())]);
      }
      if (outline.has(Kind.UNET)) {
        PackDescription pack = packs.find(name);
        assertThat(pack.preset(null)).isNotEmpty();
        assertThat(pack.defaults()).containsKeys("steps", "guidance", "candidates");
        samplers.put(name, sampler(pack));
      }
    }
    assertThat(samplers).containsEntry("animatelcm", "lcm from 999").containsEntry("animatediff", "ddim from 961")
        .containsEntry("animatediff-lightning", "euler from 999").containsEntry("lavie", "ddpm from 980");
  }

  /** By which sampler, and at which timestep it begins with the pack's own number of steps. */
  private static String sampler(PackDescription pack) {
    SamplerKind kind = pack.scheduler().sampler();
    int steps = Integer.parseInt(pack.defaults().get("steps"));
    return "%s from %.0f".formatted(kind.key(), kind.scheduler(pack.scheduler(), steps, 0).timesteps()[0]);
  }

  /** One file, one size and one checksum, whichever packs list it. */
  @Test
  void packsAgreeOnWhatTheyShare() throws IOException {
    Packs packs = packs();
    Map<Path, PackFile> seen = new TreeMap<>();
    for (String name : packs.names()) {
      PackOutline outline = packs.outline(name);
      outline.files().values().forEach(file -> {
        PackFile before = seen.putIfAbsent(file.location(outline.folder()), file);
        assertThat(Optional.ofNullable(before).orElse(file)).isEqualTo(file);
      });
    }
    assertThat(seen).hasSizeGreaterThan(15);
  }

  @Test
  void aMissingFileSaysPackFileAddressAndCommand() throws IOException {
    Packs packs = packs();
    assertThatThrownBy(() -> packs.find("animatediff")).isInstanceOf(PackException.class)
        .hasMessageStartingWith("pack 'animatediff': 7 files are missing (7.87 GB): "
            + "./i4vgen models pull animatediff fetches them; %s/hub/stable-diffusion-v1-5/stable-diffusion-v1-5/"
            + "v1-5-pruned-emaonly.safetensors is missing (4265146304 bytes, from http://hub.example/models/"
            + "stable-diffusion-v1-5/stable-diffusion-v1-5/resolve/main/v1-5-pruned-emaonly.safetensors); ", parent)
        .hasMessageContaining("ImageReward.pt is missing (1786880927 bytes, from http://hub.example/models/THUDM/");
  }

  @Test
  void theTinyDecoderIsAPartOfItsOwn() throws IOException {
    PackOutline outline = packs().outline("taesd");
    assertThat(outline.networks()).containsOnlyKeys(Kind.TINY_VAE);
    assertThat(outline.file("taesd_decoder.safetensors"))
        .isEqualTo(parent.resolve("hub/madebyollin/taesd@931366cc24b8bc15d6f682fa2e0352f1deec397b")
            .resolve("taesd_decoder.safetensors"));
  }

  @Test
  void aPartOfAModelIsNoModel() throws IOException {
    Packs packs = packs();
    assertThat(packs.outline("imagereward").networks()).containsOnlyKeys(Kind.REWARD);
    assertThatThrownBy(() -> packs.find("imagereward")).hasMessageContaining(
        "networks has no textEncoder and no unet and no vae: pack 'imagereward' is a part for other packs");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "repo: THUDM/ImageReward      | repo: Image  | must have a repo of the form owner/name, has \"Image\"",
      "repo: THUDM/ImageReward      | repo: a/../b       | must have a repo of the form owner/name, has \"a/../b\"",
      "repo: THUDM/ImageReward      | repo: a/b, revision: a/b | must have a revision of the form a branch, tag",
      "repo: THUDM/ImageReward      | repo: a/b, path: ../x | must be a path inside the pack's folder, is \"../x\"",
      "repo: THUDM/ImageReward, holds: image-reward | holds: vae | ImageReward.pt.bytes is missing",
      "holds: image-reward          | holds: reward      | holds must be stable-diffusion or unet or vae or",
      "holds: image-reward          | strange: 1         | the keys are repo, revision, path, bytes, holds, sha256",
  })
  void aWrongSourceIsAnErrorAtItsLine(String found, String written, String message) throws IOException {
    packs();
    Path file = parent.resolve("imagereward/plugin.yaml");
    String text = Files.readString(file).replaceAll("(?s)  ImageReward.pt:\n.*?(?=  med_config)",
        "  ImageReward.pt: {repo: THUDM/ImageReward, holds: image-reward}\n");
    assertThat(text).contains(found);
    Files.writeString(file, text.replaceFirst(found, written));
    assertThatThrownBy(() -> new Packs(List.of(parent)).outline("imagereward")).isInstanceOf(PackException.class)
        .hasMessageStartingWith(file + ":").hasMessageContaining(message);
  }

  @Test
  void aRevisionHasAFolderOfItsOwn() {
    HubFile file = new HubFile("a/b", "v1.0", "x y/ü.bin");
    assertThat(file.location(Path.of("packs"))).isEqualTo(Path.of("packs/hub/a/b@v1.0/x y/ü.bin"));
    assertThat(file.url(URI.create("https://hub.example")))
        .hasToString("https://hub.example/a/b/resolve/v1.0/x%20y/ü.bin");
  }
}
