// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.i4vgen.network.SparseControlConfig;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.network.VaeConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SparseCtrl beside the UNet and the VAE of a demo pack; the other networks are compared in PackCheckTest. */
class PackFitTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final PackOutline pack = new Packs(List.of(Path.of("plugins"))).outline("shapes-sparsectrl");
  private final PackFit fit = new PackFit(pack);

  private ObjectNode config(Kind kind) throws IOException {
    return (ObjectNode) JSON.readTree(pack.file(pack.network(kind).config()).toFile());
  }

  private List<String> faults(Kind kind, String key, String value) throws IOException {
    fit.with(UnetConfig.of(config(Kind.UNET)));
    fit.with(VaeConfig.of(config(Kind.VAE)));
    ObjectNode control = config(kind);
    control.set(key, JSON.readTree(value));
    fit.with(kind, SparseControlConfig.of(control));
    return fit.faults();
  }

  @Test
  void theDemoPackFits() throws IOException {
    assertThat(faults(Kind.SPARSECTRL_RGB, "in_channels", "4")).isEmpty();
    assertThat(faults(Kind.SPARSECTRL_SCRIBBLE, "in_channels", "4")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "SPARSECTRL_RGB | block_out_channels    | [32, 64, 128, 128] | levels of [32, 64, 128, 128] channels | [32, 96,",
      "SPARSECTRL_RGB | layers_per_block      | 2 | [2, 2, 2, 2] layers | [1, 1, 1, 1]",
      "SPARSECTRL_RGB | in_channels           | 8                  | takes latents of 8 channels           | takes 4",
      "SPARSECTRL_RGB | cross_attention_dim   | 768 | takes embeddings of 768 channels | takes 128",
      "SPARSECTRL_RGB | conditioning_channels | 3                  | takes latents of 3 channels           | makes 4",
      "SPARSECTRL_SCRIBBLE | conditioning_channels | 4             | takes images of 4 channels            | makes 3"})
  void aSparseCtrlForAnotherModelIsNamed(Kind kind, String key, String value, String says, String other)
      throws IOException {
    assertThat(faults(kind, key, value)).singleElement().asString().startsWith("pack 'shapes-sparsectrl': network '"
        + kind.key()).contains(says, other, pack.file(pack.network(kind).config()).toString());
  }

  @Test
  void scribblesMustBecomeAsSmallAsLatents() throws IOException {
    assertThat(faults(Kind.SPARSECTRL_SCRIBBLE, "conditioning_embedding_out_channels", "[8, 16]")).singleElement()
        .asString().contains("makes images 2 times smaller").contains("times smaller");
  }
}
