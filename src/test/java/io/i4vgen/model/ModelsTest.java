// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.network.TextEncoder;
import io.i4vgen.network.Backbone;
import io.i4vgen.network.Vae;
import io.i4vgen.tensor.Scope;
import io.i4vgen.weights.Safetensors;
import io.i4vgen.weights.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsTest {

  @TempDir Path parent;
  private final NDManager root = NDManager.newBaseManager();
  private Models models;
  private Path folder;

  @BeforeEach
  void open() throws IOException {
    folder = SmallPack.write(parent);
    models = models(Long.MAX_VALUE);
  }

  @AfterEach
  void close() {
    models.close();
    root.close();
  }

  private Models models(long maximumBytes) {
    return models(Optional.empty(), maximumBytes);
  }

  private Models models(Optional<Precision> precision, long maximumBytes) {
    return new Models(List.of(parent), root, Device.cpu(), precision, maximumBytes);
  }

  @Test
  void everyNetworkAndTokenizerOfAPackCanBeUsed() {
    PackDescription pack = models.describe("small");
    try (NDManager memory = root.newSubManager(); Lease<Backbone> unet = models.unet(pack);
        Lease<Vae> vae = models.vae(pack)) {
      NDArray latent = memory.ones(new Shape(4, 4, 32, 16));
      NDArray noise = unet.get().predict(latent, memory.create(981L), memory.ones(new Shape(1, 77, 16)), 4, true);
      assertThat(noise.getShape()).isEqualTo(latent.getShape());
      NDArray images = vae.get().decode(noise.get("0:1")).mul(0.5).add(0.5);
      assertThat(images.getShape()).isEqualTo(new Shape(1, 3, 64, 32));
      assertThat(score(pack, images, "a cat").toFloatArray()).hasSize(1);
    }
    try (Lease<ClipTokenizer> tokenizer = models.tokenizer(pack)) {
      assertThat(tokenizer.get().encode("a cat").ids()).hasSize(77).startsWith(792, 320, 743, 793);
    }
    assertThat(models.counts()).isEqualTo(new Counts(0, 5, 0, 0, models.counts().bytes()));
  }

  @Test
  void networksCalculateAsTheRunSaysElseAsThePackSaysElseIn32Bits() throws IOException {
    assertThat(floats(models)).isEqualTo(DataType.FLOAT32);
    Path file = folder.resolve("plugin.yaml");
    Files.writeString(file, Files.readString(file).replace("name: small\n", "name: small\nprecision: fp16\n"));
    assertThat(floats(models)).isEqualTo(DataType.FLOAT16);
    try (Models run = models(Optional.of(Precision.FP32), Long.MAX_VALUE)) {
      assertThat(floats(run)).isEqualTo(DataType.FLOAT32);
    }
  }

  @Test
  void weightsAreMappedUnlessTheyAreToBeCopied() throws IOException {
    Path weights = folder.resolve("text/model.safetensors");
    Packs packs = new Packs(List.of(parent));
    try (Models copied = new Models(packs, root, Device.cpu(), Optional.empty(), false, Long.MAX_VALUE);
        Safetensors file = Safetensors.open(weights);
        FileChannel channel = FileChannel.open(weights, StandardOpenOption.WRITE)) {
      float before = encoded(models);
      assertThat(encoded(copied)).isEqualTo(before);
      TensorInfo table = file.tensors().get("text_model.embeddings.token_embedding.weight");
      channel.write(ByteBuffer.allocate((int) table.length()), table.offset());
      assertThat(encoded(copied)).isEqualTo(before);
      assertThat(encoded(models)).isNotEqualTo(before);
    }
  }

  private float encoded(Models models) {
    try (NDManager memory = root.newSubManager();
        Lease<TextEncoder> encoder = models.textEncoder(models.describe("small"))) {
      return encoder.get().encode(memory.create(new long[] {1, 200, 490}).expandDims(0)).square().sum().getFloat();
    }
  }

  private static DataType floats(Models models) {
    try (Lease<TextEncoder> encoder = models.textEncoder(models.describe("small"))) {
      return encoder.get().floats();
    }
  }

  private NDArray score(PackDescription pack, NDArray images, String prompt) {
    try (var reward = models.reward(pack); var tokenizer = models.rewardTokenizer(pack)) {
      Tokens tokens = tokenizer.get().encode(prompt);
      NDManager memory = images.getManager();
      return reward.get().score(models.rewardImage(pack).of(images), memory.create(tokens.ids()).expandDims(0),
          memory.create(tokens.mask()).expandDims(0));
    }
  }

  @Test
  void aNetworkLoadedInsideSomebodysScopeOutlivesIt() {
    PackDescription pack = models.describe("small");
    try (Scope outer = new Scope(); Scope inner = new Scope()) {
      assertThat(outer).isNotSameAs(inner);
      models.textEncoder(pack).close();
    }
    try (NDManager memory = root.newSubManager(); Lease<TextEncoder> encoder = models.textEncoder(pack)) {
      NDArray text = encoder.get().encode(memory.create(new long[] {1, 2, 3}).expandDims(0));
      assertThat(text.getShape()).isEqualTo(new Shape(1, 3, 16));
      assertThat(text.sum().getFloat()).isFinite();
    }
    assertThat(models.counts().hits()).isEqualTo(1);
    assertThat(models.counts().loads()).isEqualTo(1);
  }

  @Test
  void aNetworkIsDroppedForRoomOnlyWhenNobodyUsesIt() {
    try (Models small = models(600_000)) {
      PackDescription pack = small.describe("small");
      try (Lease<TextEncoder> encoder = small.textEncoder(pack)) {
        small.vae(pack).close();
        small.unet(pack).close();
        Eventually.holds(() -> assertThat(small.counts().evictions()).isPositive());
        try (NDManager memory = root.newSubManager()) {
          assertThat(encoder.get().encode(memory.create(new long[] {1, 2}).expandDims(0)).getShape().get(2))
              .isEqualTo(16);
        }
      }
      Eventually.holds(() -> assertThat(small.counts().bytes()).isLessThan(600_000));
    }
  }

  @Test
  void lowRankUpdatesAreAViewOfTheNetworkThatIsLoaded() throws IOException {
    lora("unet/one.safetensors", 1);
    lora("unet/two.safetensors", -2);
    SmallPack.describe(folder, SmallPack.HEAD.replace("weights: [unet/model.safetensors]",
        "weights: [unet/model.safetensors], loras: {unet/one.safetensors: 0.5, unet/two.safetensors: 1}"));
    PackDescription pack = models.describe("small");
    assertThat(pack.network(Kind.UNET).loras()).containsExactly(
        Map.entry("unet/one.safetensors", 0.5), Map.entry("unet/two.safetensors", 1.0));
    NDArray updated = predict(pack);
    long bytes = models.counts().bytes();
    NDArray undone = predict(pack.withLoras(Kind.UNET, Map.of()));
    NDArray once = predict(pack.withLoras(Kind.UNET, Map.of("unet/one.safetensors", -1.5)));
    assertThat(models.counts().loads()).isEqualTo(3);
    assertThat(models.counts().bytes() - bytes).isEqualTo(4 * 8 * 4 * 3 * 3);
    assertThat(updated).isNotEqualTo(undone);
    assertThat(updated.sub(once).abs().max().getFloat()).isLessThan(1e-5f);
    assertThat(models.counts().leases()).as("bases of the two views").isEqualTo(2);
  }

  @Test
  void aViewThatIsThereNeedsNoBaseAnewWhenTheCacheHasDroppedThat() throws IOException {
    lora("unet/one.safetensors", 1);
    SmallPack.describe(folder, SmallPack.HEAD.replace("weights: [unet/model.safetensors]",
        "weights: [unet/model.safetensors], loras: {unet/one.safetensors: 0.5}"));
    try (Models small = models(100_000)) {
      PackDescription pack = small.describe("small");
      small.unet(pack).close();
      assertThat(small.counts().evictions()).as("the base is too large for the cache").isEqualTo(1);
      small.unet(pack).close();
      assertThat(small.counts().loads()).as("the base and its view").isEqualTo(2);
      assertThat(small.counts().hits()).isEqualTo(1);
    }
  }

  @Test
  void anUpdateOfTheOtherNetworkIsRefusedRatherThanDoingNothing() throws IOException {
    lora("unet/one.safetensors", 1);
    SmallPack.describe(folder, SmallPack.HEAD.replace("weights: [text/model.safetensors]",
        "weights: [text/model.safetensors], loras: {unet/one.safetensors: 0.5}"));
    String message = folder.resolve("unet/one.safetensors") + ": has no updates of the text encoder";
    assertThatThrownBy(() -> models.textEncoder(models.describe("small"))).isInstanceOf(PackException.class)
        .hasMessageEndingWith(message);
    assertThat(new PackCheck(PackReader.outline(folder), HubFile.PUBLIC).faults(step -> { })).containsExactly(message);
    assertThat(models.counts().leases()).isZero();
  }

  private void lora(String path, float value) throws IOException {
    Safetensors.write(folder.resolve(path), Map.of(
        "unet.conv_in.lora_A.weight", root.ones(new Shape(1, 4, 3, 3)).mul(0.1),
        "unet.conv_in.lora_B.weight", root.ones(new Shape(8, 1, 1, 1)).mul(value)), Map.of());
  }

  private NDArray predict(PackDescription pack) {
    try (Lease<Backbone> unet = models.unet(pack)) {
      return unet.get().predict(root.ones(new Shape(4, 4, 8, 8)), root.create(981L), root.ones(new Shape(1, 7, 16)), 4,
          true);
    }
  }

  @Test
  void aCheckpointInOneFileHasAllNetworks() throws IOException {
    SmallPack.writeSingleFile(parent);
    PackDescription pack = models.describe("single");
    try (NDManager memory = root.newSubManager(); Lease<Backbone> unet = models.unet(pack);
        Lease<Vae> vae = models.vae(pack); Lease<TextEncoder> encoder = models.textEncoder(pack)) {
      NDArray text = encoder.get().encode(memory.zeros(new Shape(1, 77), DataType.INT64));
      NDArray noise = unet.get().predict(memory.ones(new Shape(1, 4, 4, 4)), memory.create(1L), text, 1, false);
      assertThat(vae.get().decode(noise).getShape()).isEqualTo(new Shape(1, 3, 32, 32));
    }
  }

  @Test
  void withoutAConfigurationTheShapesMustBeStableDiffusions() throws IOException {
    Path single = SmallPack.writeSingleFile(parent);
    Path yaml = single.resolve("plugin.yaml");
    Files.writeString(yaml, Files.readString(yaml).replace("config: configs/unet.json, ", ""));
    PackDescription pack = models.describe("single");
    assertThatThrownBy(() -> models.unet(pack)).isInstanceOf(PackException.class)
        .hasMessageContaining("network 'unet': unet config: block_out_channels 4 is not a multiple of");
  }

  @Test
  void nothingNativeIsLeftAfterTheModelsAreClosed() {
    PackDescription pack = models.describe("small");
    Lease<Vae> late = models.vae(pack);
    models.textEncoder(pack).close();
    models.unet(pack).close();
    models.tokenizer(pack).close();
    models.close();
    assertThat(models.counts().bytes()).isEqualTo(late.get().bytes());
    late.close();
    assertThat(models.counts().bytes()).isZero();
    assertThat(models.memory().getManagedArrays()).isEmpty();
    assertThatThrownBy(() -> models.vae(pack)).hasMessage("the models are closed");
  }

  @Test
  void aNetworkThatCannotBeLoadedNamesPackNetworkAndFile() throws IOException {
    Path file = folder.resolve("vae/model.safetensors");
    Files.write(file, new byte[(int) Files.size(file)]);
    assertThatThrownBy(() -> models.vae(models.describe("small"))).isInstanceOf(PackException.class)
        .hasMessageStartingWith("pack 'small', network 'vae': " + file);
    Files.writeString(folder.resolve("text/config.json"), "{\"hidden_size\": 31}");
    SmallPack.describe(folder, SmallPack.HEAD);
    assertThatThrownBy(() -> models.textEncoder(models.describe("small"))).isInstanceOf(PackException.class)
        .hasMessageStartingWith("pack 'small', network 'textEncoder': " + folder.resolve("text/config.json") + ": ");
  }

  @Test
  void aPackWithoutARewardNetworkSaysSo() throws IOException {
    SmallPack.describe(folder, SmallPack.HEAD.replaceFirst("  reward: \\{.*\n", "").replaceFirst("  reward: .*\n", ""));
    PackDescription pack = models.describe("small");
    assertThatThrownBy(() -> models.reward(pack))
        .hasMessage("pack 'small' (" + folder + ") has no network 'reward'");
  }

  @Test
  void aNegativeSizeIsRefused() {
    assertThatThrownBy(() -> models(-1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maximumBytes must be 0 or more, is -1");
  }
}
