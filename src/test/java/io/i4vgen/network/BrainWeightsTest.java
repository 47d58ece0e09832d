// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import io.i4vgen.WithMemory;
import io.i4vgen.network.SparseControl.Condition;
import io.i4vgen.tensor.Scope;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.Safetensors;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that calculate in bfloat16, beside the same ones in 32 bits. */
class BrainWeightsTest extends WithMemory {

  private static final NetworkCase MOTION = new NetworkCase("unet-motion-diffusers");
  private static final DataType BF16 = DataType.BFLOAT16;
  /** Over all layers. The UNet errs 0.006 in fp16, which has three bits more: eight times that. */
  private static final float ROUNDING = 0.05f;

  @TempDir
  Path folder;

  @Test
  void aUnetDiffersFromItselfIn32BitsByRounding() {
    try (Unet exact = unet(DataType.FLOAT32); Unet rounded = unet(BF16)) {
      assertThat(rounded.floats()).isEqualTo(DataType.FLOAT32);
      assertThat(rounded.bytes() * 2).isEqualTo(exact.bytes());
      assertRounded(predict(rounded), predict(exact));
    }
  }

  @Test
  void aUnetOfLaviesDiffersFromItselfIn32BitsByRounding() {
    NetworkCase small = new NetworkCase("lavie-unet");
    LavieUnetConfig config = LavieUnetConfig.of(small.config());
    NDArray sample = waves(4, 4, 8, 8);
    NDArray text = waves(1, 7, config.spatial().textWidth());
    try (StateDict state = small.weights(); LavieUnet exact = LavieUnet.load(state, config, manager);
        LavieUnet rounded = LavieUnet.load(state, config, manager, BF16)) {
      assertRounded(rounded.predict(sample, manager.create(981f), text, 4, true),
          exact.predict(sample, manager.create(981f), text, 4, true));
    }
  }

  @Test
  void aVaeDiffersFromItselfIn32BitsByRounding() {
    NetworkCase small = new NetworkCase("vae-2level");
    VaeConfig config = VaeConfig.of(small.config());
    try (StateDict state = small.weights(); Vae exact = Vae.load(state, config, manager);
        Vae rounded = Vae.load(state, config, manager, BF16)) {
      assertRounded(rounded.decode(waves(2, 4, 8, 8)), exact.decode(waves(2, 4, 8, 8)));
      assertRounded(rounded.encode(waves(2, 3, 16, 16)).mean(), exact.encode(waves(2, 3, 16, 16)).mean());
    }
  }

  @Test
  void aTextEncoderDiffersFromItselfIn32BitsByRounding() {
    NetworkCase small = new NetworkCase("clip-text");
    TextEncoderConfig config = TextEncoderConfig.of(small.config());
    NDArray ids = manager.create(new long[] {5, 1, 4, 2, 6}).reshape(1, 5);
    try (StateDict state = small.weights(); TextEncoder exact = TextEncoder.load(state, config, manager);
        TextEncoder rounded = TextEncoder.load(state, config, manager, BF16)) {
      assertRounded(rounded.encode(ids), exact.encode(ids));
    }
  }

  @Test
  void residualsOfSparseCtrlGoIntoTheUnetAsTheyComeOut() {
    NetworkCase small = new NetworkCase("sparsectrl-rgb");
    SparseControlConfig config = SparseControlConfig.of(small.config());
    NDArray text = waves(1, 7, config.encoder().textWidth());
    Condition given = Condition.of(waves(1, config.conditionChannels(), 8, 8), List.of(0), 3);
    try (StateDict state = small.weights(); SparseControl exact = SparseControl.load(state, config, manager);
        SparseControl rounded = SparseControl.load(state, config, manager, BF16)) {
      assertRounded(rounded.predict(given, manager.create(981f), text, 1).mid(),
          exact.predict(given, manager.create(981f), text, 1).mid());
    }
  }

  @Test
  void timestepsAreNotRounded() {
    try (Unet unet = unet(BF16)) {
      NDArray whole = predict(unet, manager.create(981L));
      assertThat(predict(unet, manager.create(981f)).toFloatArray()).containsExactly(whole.toFloatArray());
      assertThat(predict(unet, manager.create(980f)).toFloatArray()).isNotEqualTo(whole.toFloatArray());
    }
  }

  @Test
  void updatesAreMergedAndUndoneByClosingTheUpdatedNetwork() throws IOException {
    Path file = folder.resolve("lora.safetensors");
    String module = "unet.down_blocks.0.motion_modules.0.proj_in.";
    Safetensors.write(file, Map.of(module + "lora_A.weight", manager.ones(new Shape(2, 8)),
        module + "lora_B.weight", manager.ones(new Shape(8, 2))), Map.of());
    try (Unet exact = unet(DataType.FLOAT32); Unet rounded = unet(BF16); Lora lora = Lora.open(file)) {
      List<Lora.Scaled> updates = List.of(new Lora.Scaled(lora, 1));
      float[] without = predict(rounded).toFloatArray();
      try (Unet exactly = exact.with(updates); Unet updated = rounded.with(updates)) {
        assertThat(updated.bytes()).isEqualTo(2L * 8 * 8);
        assertRounded(predict(updated), predict(exactly));
        assertThat(predict(updated).toFloatArray()).isNotEqualTo(without);
      }
      assertThat(predict(rounded).toFloatArray()).containsExactly(without);
    }
  }

  @Test
  void loadingUsingAndClosingLeavesNoArrayBehind() {
    int before = manager.getManagedArrays().size();
    try (Scope scope = new Scope(); Unet unet = unet(BF16)) {
      assertThat(manager.getManagedArrays()).hasSize(before);
      predict(unet);
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void closingADictionaryFreesItsBrainFloats() throws IOException, MalformedModelException {
    int megabytes = 32;
    try (NDArray array = manager.ones(new Shape(megabytes << 19));
        BrainFloats floats = BrainFloats.open(manager.getDevice())) {
      long before = Long.MAX_VALUE;
      for (int i = 0; i < 20; i++) {
        try (IValue weights = BrainFloats.dictionary()) {
          assertThat(floats.put(weights, "x", (PtNDArray) array)).isEqualTo((long) megabytes << 20);
        }
        before = i == 4 ? resident() : before;
      }
      assertThat(resident() - before).isLessThan((long) 5 * megabytes << 20);
    }
  }

  /** Bytes of this process in memory. */
  private static long resident() throws IOException {
    return 4096 * Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
  }

  private static void assertRounded(NDArray rounded, NDArray exact) {
    assertThat(rounded.getDataType()).isEqualTo(DataType.FLOAT32);
    float error = rounded.sub(exact).norm().getFloat() / exact.norm().getFloat();
    assertThat(error).isBetween(1e-4f, ROUNDING);
  }

  private Unet unet(DataType floats) {
    try (StateDict state = MOTION.weights()) {
      return Unet.load(state, UnetConfig.of(MOTION.config()), manager, floats);
    }
  }

  private NDArray predict(Unet unet) {
    return predict(unet, manager.create(321L));
  }

  private NDArray predict(Unet unet, NDArray timestep) {
    return unet.predict(waves(4, 4, 8, 8), timestep, waves(1, 7, 16), 4, true);
  }

  private NDArray waves(long... shape) {
    return manager.arange(0f, new Shape(shape).size(), 1f, DataType.FLOAT32).sin().reshape(shape);
  }
}
