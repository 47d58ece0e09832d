// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.model.hub.FakeHub.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes is the file, and whole, as far as anything says so. */
class PullContentTest extends WithHub {

  private static final Path WEIGHTS = Path.of("src/test/resources/reference/taesd/weights.safetensors");

  @ParameterizedTest
  @ValueSource(strings = {"repo: a/b", "repo: a/b, bytes: 300000", "repo: a/b, bytes: 7"})
  void aPackedBodyIsNotTakenForTheFile(String source) throws IOException {
    describe(source);
    hub.faults.add(Fault.header("Content-Encoding", "GZIP"));
    assertThatThrownBy(this::pull).isInstanceOf(HubException.class).hasMessageStartingWith(
        hub.uri() + "/a/b/resolve/main/vocab.txt: http://127.0.0.1:" + hub.uri().getPort()
        + " sends it packed (Content-Encoding gzip), though asked for it as it is");
    assertThat(hub.requests.get(0).encoding()).contains("identity");
    assertThat(target).doesNotExist();
  }

  @Test
  void bytesThatAreCalledWhatTheyAreComeAsUsual() throws IOException {
    hub.faults.add(Fault.header("Content-Encoding", "identity"));
    pull();
    assertThat(target).hasBinaryContent(bytes);
  }

  @Test
  void aPageToLogInIsNotTakenForTheFile() throws IOException {
    hub.faults.add(Fault.header("Content-Type", "text/html; charset=utf-8"));
    assertThatThrownBy(this::pull).isInstanceOf(HubException.class).hasMessageStartingWith(
        hub.uri() + "/a/b/resolve/main/vocab.txt: http://127.0.0.1:" + hub.uri().getPort()
        + " sends a web page (text/html) and not the file");
    assertThat(target).doesNotExist();
  }

  @Test
  void anotherSizeThanTheHubsOwnIsNotFetched() throws IOException {
    try (FakeHub store = new FakeHub()) {
      store.files.put("/blob", bytes);
      hub.faults.add(Fault.redirect(store.uri().resolve("/blob?secret").toString(), Map.of("X-Linked-Size", "300001")));
      assertThatThrownBy(this::pull).hasMessageContaining("vocab.txt: has 300001 bytes there, but http://127.0.0.1:"
          + store.uri().getPort() + " sends 300000").hasMessageNotContaining("secret");
    }
  }

  @Test
  void aFileOfWhichNobodySaysHowLongItIsIsCalledUnverified() throws IOException {
    hub.lengths = false;
    pull();
    assertThat(target).hasBinaryContent(bytes);
    assertThat(told).contains("unverified: neither its size nor its checksum is known, so it may have been cut off");
    Files.delete(target);
    told.clear();
    describe("repo: a/b, bytes: 300000");
    pull();
    assertThat(told).noneMatch(line -> line.startsWith("unverified"));
  }

  @Test
  void weightsOfWhichNobodySaysHowLongTheyAreAreLookedInto() throws IOException {
    byte[] weights = Files.readAllBytes(WEIGHTS);
    Path path = target.resolveSibling("w.safetensors");
    hub.lengths = false;
    hub.put("a/b", "w.safetensors", Arrays.copyOf(weights, weights.length / 2));
    describe("repo: a/b, path: w.safetensors, holds: tiny-vae");
    assertThatThrownBy(this::pull).isInstanceOf(HubException.class)
        .hasMessageStartingWith(path + ": what has come from")
        .hasMessageContaining("is no whole file of weights (").hasMessageEndingWith("; it is thrown away");
    assertThat(path.getParent()).isEmptyDirectory();
    hub.put("a/b", "w.safetensors", weights);
    pull();
    assertThat(path).hasBinaryContent(weights);
    assertThat(told).anyMatch(line -> line.endsWith("cut off, though it is a sound file of weights"));
  }

  @Test
  void whatIsNoWeightsIsKeptAsTheHubHasItAndSaid() throws IOException {
    describe("repo: a/b, holds: tiny-vae");
    assertThat(pull(SHORT, Optional.empty(), hub.uri(), "part")).isOne();
    assertThat(target).hasBinaryContent(bytes);
    assertThat(told).anyMatch(line -> line.startsWith("unverified: it is there as " + hub.uri())
        && line.contains("can't be read: "));
  }
}
