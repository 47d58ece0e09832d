// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.model.PackException;
import io.i4vgen.model.PackFiles;
import io.i4vgen.model.hub.FakeHub.Fault;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is fetched from where, what is refused, and why. */
class PullRefusalTest extends WithHub {

  @Test
  void whatHasAnotherChecksumThanThePackSaysIsThrownAway() throws IOException {
    describe("repo: a/b, bytes: 300000, sha256: " + "0".repeat(64));
    assertThatThrownBy(this::pull).isInstanceOf(HubException.class).hasMessageMatching(
        "(?s)" + target + ": what has come from .* has sha256 [0-9a-f]{64}, expected 0{64}; it is thrown away");
    try (var files = Files.list(target.getParent())) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void theHubsOwnChecksumIsComparedWhereThePackHasNone() throws IOException {
    String right = PackFiles.sha256(Files.write(packs.resolve("x"), bytes));
    hub.etags.put(FILE, "\"" + right + "\"");
    pull();
    Files.delete(target);
    hub.etags.put(FILE, "\"" + "1".repeat(64) + "\"");
    assertThatThrownBy(this::pull).hasMessageContaining("has sha256 " + right + ", expected 1111");
  }

  @Test
  void whatTheHubSaysOfALargeFileCountsWhoeverSendsIt() throws IOException {
    try (FakeHub store = new FakeHub()) {
      store.files.put("/blob", bytes);
      store.etags.put("/blob", "\"" + "2".repeat(64) + "\"");
      String right = PackFiles.sha256(Files.write(packs.resolve("x"), bytes));
      Map<String, String> linked = Map.of("X-Linked-ETag", "\"" + right + "\"", "X-Linked-Size", "300000");
      hub.faults.add(Fault.redirect(store.uri().resolve("/blob").toString(), linked));
      pull();
      assertThat(target).hasBinaryContent(bytes);
      Files.delete(target);
      describe("repo: a/b, sha256: " + "3".repeat(64));
      hub.faults.add(Fault.redirect(store.uri().resolve("/blob").toString(), linked));
      assertThatThrownBy(this::pull).hasMessageContaining("has sha256 " + right + " there, expected 3333");
    }
  }

  @Test
  void theTokenGoesToTheHubAndToNobodyElse() throws IOException {
    try (FakeHub store = new FakeHub()) {
      store.files.put("/blob", bytes);
      hub.faults.add(Fault.redirect("/mirror/a/b/resolve/main/vocab.txt", Map.of()));
      hub.faults.add(Fault.redirect(store.uri().resolve("/blob?signed=1").toString(), Map.of()));
      pull(SHORT, Optional.of(" secret\n"), hub.uri(), "part");
      assertThat(hub.requests).hasSize(2).allMatch(request -> request.token().equals(Optional.of("Bearer secret")));
      assertThat(store.requests).hasSize(1).allMatch(request -> request.token().isEmpty());
    }
  }

  @Test
  void redirectsEndSomewhere() {
    for (int i = 0; i < 20; i++) {
      hub.faults.add(Fault.redirect(FILE, Map.of()));
    }
    assertThatThrownBy(this::pull).hasMessageContaining("was redirected more than 10 times");
    hub.faults.clear();
    hub.faults.add(Fault.redirect("ftp://somewhere/else", Map.of()));
    assertThatThrownBy(this::pull).hasMessageContaining("redirects to ftp://somewhere/else, expected");
    hub.faults.add(Fault.redirect("http://a b/c", Map.of()));
    assertThatThrownBy(this::pull).hasMessageContaining("redirects to what is no address: http://a b/c");
    hub.faults.add(Fault.status(302));
    assertThatThrownBy(this::pull).hasMessageContaining("redirects to nowhere");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "404 | | there is no such file (status 404): see what is in",
      "401 | | it needs an account (status 401): accept its licence at",
      "403 | secret | the token in HF_TOKEN does not open it (status 403)",
      "400 | | the server answers with status 400",
  })
  void whatWillNotGetBetterIsAskedForOnce(int status, String token, String message) {
    hub.faults.add(Fault.status(status));
    assertThatThrownBy(() -> pull(SHORT, Optional.ofNullable(token), hub.uri(), "part"))
        .isInstanceOf(HubException.class).hasMessageContaining(message)
        .hasMessageContaining(hub.uri() + "/a/b/resolve/main/vocab.txt");
    assertThat(hub.requests).hasSize(1);
    assertThat(target.getParent()).isEmptyDirectory();
  }

  /** Such an address holds for a while; what is refused there says nothing of licences. */
  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404, 410})
  void anAddressThatHasExpiredIsAskedForAgain(int status) throws IOException {
    try (FakeHub store = new FakeHub()) {
      store.files.put("/blob", bytes);
      for (int i = 0; i < 3; i++) {
        hub.faults.add(Fault.redirect(store.uri().resolve("/blob?signed=" + i).toString(), Map.of()));
      }
      store.faults.addAll(List.of(Fault.cut(100_000), Fault.status(status)));
      pull();
      assertThat(target).hasBinaryContent(bytes);
      assertThat(hub.requests).hasSize(3);
    }
  }

  @Test
  void aStoreThatNeverOpensIsSaidWithoutAWordOfLicences() throws IOException {
    try (FakeHub store = new FakeHub()) {
      for (int i = 0; i < 3; i++) {
        hub.faults.add(Fault.redirect(store.uri().resolve("/blob?secret").toString(), Map.of()));
        store.faults.add(Fault.status(403));
      }
      assertThatThrownBy(() -> pull(SHORT, Optional.of("token"), hub.uri(), "part")).isInstanceOf(HubException.class)
          .hasMessage(target + ": can't be fetched from " + hub.uri() + "/a/b/resolve/main/vocab.txt: http://127.0.0.1:"
              + store.uri().getPort() + ", where the hub sends us, answers with status 403; given up after 3 attempts"
              + " in a row");
      assertThat(target.getParent()).isEmptyDirectory();
    }
  }

  @Test
  void aFileOfAnotherSizeIsNotFetched() throws IOException {
    describe("repo: a/b, bytes: 300001");
    assertThatThrownBy(this::pull).hasMessageContaining("has 300000 bytes there, but plugin.yaml says 300001");
    assertThat(target).doesNotExist();
  }

  @Test
  void aDiskWithoutRoomIsSaidBeforeAnythingIsFetched() throws IOException {
    describe("repo: a/b, bytes: 900000000000000000");
    assertThatThrownBy(this::pull).isInstanceOf(HubException.class)
        .hasMessageMatching("the files that are missing need 900000000000000000 more bytes, the disk .* has \\d+ left");
    assertThat(hub.requests).isEmpty();
  }

  @Test
  void twoProcessesDoNotWriteTheSameFile() throws IOException {
    Ledger ledger = new Ledger(packs.resolve("hub"));
    Path guard = ledger.guard(target);
    Files.createDirectories(guard.getParent());
    try (FileChannel other = FileChannel.open(guard, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      assertThat(other.lock().isValid()).isTrue();
      assertThatThrownBy(this::pull).hasMessage(target + ": is being fetched by another process");
      assertThat(target.getParent()).isEmptyDirectory();
    }
    pull();
    assertThat(target).hasBinaryContent(bytes);
  }

  /** Closing any descriptor of a file takes away all locks that the process has on it. */
  @Test
  void lookingIntoWhatHasComeLeavesItLocked() throws Exception {
    Path guard = new Ledger(packs.resolve("hub")).guard(target);
    try (PartFile part = PartFile.open(target, guard)) {
      part.restart(new PartFile.Origin("", "", ""));
      part.write(bytes, bytes.length);
      Files.readAllBytes(part.path());
      assertThat(isLocked(guard)).isTrue();
      part.finish();
      assertThat(isLocked(guard)).isTrue();
    }
    assertThat(isLocked(guard)).isFalse();
  }


  /** In the eyes of another process. */
  private static boolean isLocked(Path file) throws Exception {
    Process other = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp",
        System.getProperty("java.class.path"), Locking.class.getName(), file.toString()).start();
    return other.waitFor() == Locking.IS_LOCKED;
  }

  /** Tries to lock a file. */
  static final class Locking {

    static final int IS_LOCKED = 3;

    private Locking() {}

    public static void main(String[] arguments) throws IOException {
      try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
        System.exit(channel.tryLock() == null ? IS_LOCKED : 0);
      }
    }
  }

  @Test
  void aServerThatIsNotThereIsSaid() throws IOException {
    URI gone = hub.uri();
    hub.close();
    assertThatThrownBy(() -> pull(SHORT, Optional.empty(), gone, "part")).isInstanceOf(HubException.class)
        .hasMessageContaining("given up after 3 attempts in a row");
  }

  @Test
  void aPackWithoutASourceCanNotBeFetched() throws IOException {
    describe("bytes: 7");
    assertThatThrownBy(this::pull).hasMessageContaining("pack 'part'").hasMessageContaining("no repo is given");
    assertThatThrownBy(() -> pull(SHORT, Optional.empty(), hub.uri(), "prat")).isInstanceOf(PackException.class)
        .hasMessageContaining("no pack 'prat'");
  }

  @Test
  void aHubThatCanNotBeReachedIsNamedAndWhatCanBeDone() {
    hub.close();
    String why = "can't reach %s:%d".formatted(hub.uri().getHost(), hub.uri().getPort());
    assertThatThrownBy(this::pull).isInstanceOf(HubException.class).hasMessage(("%s: can't be fetched from %s/a/b/"
        + "resolve/main/vocab.txt: %s; given up after 3 attempts in a row; is there a network? a proxy is set by"
        + " I4VGEN_OPTS (docs/packs.md), a mirror by i4vgen.hub, and ./i4vgen models import takes files over that came"
        + " another way").formatted(target, hub.uri(), why));
    assertThat(told).containsExactly("retrying: " + why, "retrying: " + why);
  }
}
