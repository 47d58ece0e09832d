// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

class ProgramTest {

  @Test
  void callsOfTheFilesOwnFunctionsAreQualifiedAndNoOthers() {
    Program program = Program.of("p", """
        def norm(x: Tensor) -> Tensor:
          return torch.norm(x) + x.norm() + group_norm(x)

        class Net(Module):
          def forward(self, x: Tensor) -> Tensor:
            return norm(norm(x))
        """);
    assertThat(program.source())
        .contains("def norm(x: Tensor)", "torch.norm(x) + x.norm() + group_norm(x)")
        .contains("def forward(self: __torch__.Net, x: Tensor)", "return __torch__.norm(__torch__.norm(x))")
        .contains("class Net(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n");
  }

  @Test
  void theArchiveOfAProgramIsTheSameEveryTime() {
    assertThat(Program.archive("unet")).isEqualTo(Program.archive("unet"));
  }

  @Test
  void theArchiveHoldsTheSourceAndNoWeights() throws IOException {
    List<String> names = new ArrayList<>();
    String source = "";
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(Program.archive("vae")))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        names.add(entry.getName());
        source = new String(zip.readAllBytes(), StandardCharsets.UTF_8);
      }
    }
    assertThat(names).containsExactly("net/version", "net/byteorder", "net/constants.pkl", "net/data.pkl",
        "net/code/__torch__.py");
    assertThat(source).isEqualTo(Program.named("vae").source());
  }

  @Test
  void aProgramWithoutItsClassOrResourceIsRefused() {
    assertThatThrownBy(() -> Program.of("p", "def f(x: Tensor) -> Tensor:\n  return x\n"))
        .hasMessage("network p: expected a line 'class Net(Module):'");
    assertThatThrownBy(() -> Program.named("nothing"))
        .hasMessage("network nothing: there is no resource /networks/nothing.py");
  }
}
