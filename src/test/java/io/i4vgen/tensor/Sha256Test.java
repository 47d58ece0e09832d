// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class Sha256Test {

  /** The two examples of FIPS 180-2, appendix B. */
  @Test
  void isThatOfTheStandard() {
    assertThat(HexFormat.of().formatHex(Sha256.of("abc")))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(HexFormat.of().formatHex(Sha256.of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")))
        .isEqualTo("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  }

  @Test
  void isTheSameOfAStreamOfAnyLength() throws Exception {
    String text = "größer ".repeat(50_000);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThat(Sha256.of(new ByteArrayInputStream(bytes))).isEqualTo(Sha256.of(text));
    assertThat(Sha256.of(new ByteArrayInputStream(new byte[0]))).isEqualTo(Sha256.of(""));
  }
}
