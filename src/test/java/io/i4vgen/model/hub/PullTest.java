// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.model.PackException;
import io.i4vgen.model.PackFiles;
import io.i4vgen.model.Packs;
import io.i4vgen.model.hub.FakeHub.Fault;
import io.i4vgen.model.hub.FakeHub.Request;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PullTest {

  private static final Patience SHORT =
      new Patience(3, Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofSeconds(20));
  private static final String FILE = "/mirror/a/b/resolve/main/vocab.txt";

  @TempDir Path packs;
  private final List<String> told = new ArrayList<>();
  private byte[] bytes;
  private FakeHub hub;
  private Path target;

  @BeforeEach
  void start() throws IOException {
    hub = new FakeHub();
    bytes = bytes(300_000, 1);
    hub.put("a/b", "vocab.txt", bytes);
    target = packs.resolve("hub/a/b/vocab.txt");
    describe("repo: a/b");
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private static byte[] bytes(int count, long seed) {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private void describe(String source) throws IOException {
    describe("part", source);
  }

  private void describe(String name, String source) throws IOException {
    Files.createDirectories(packs.resolve(name));
    Files.writeString(packs.resolve(name + "/plugin.yaml"), """
        name: %s
        description: a part
        license: Apache-2.0
        networks: {reward: {textConfig: vocab.txt, weights: [vocab.txt]}}
        tokenizers: {reward: vocab.txt}
        files:
          vocab.txt: {%s}
        """.formatted(name, source));
  }

  private int pull(Patience patience, Optional<String> token, URI base, String... names) {
    PullListener listener = new PullListener() {
      @Override
      public void started(Path file, URI from, long done, long total) {
        told.add("started at " + done + " of " + total);
      }

      @Override
      public void retrying(Path file, String why, Duration wait) {
        told.add("retrying");
      }

      @Override
      public void restarted(Path file, String why) {
        told.add("restarted: " + why);
      }
    };
    HubClient client = new HubClient(base, token, Duration.ofSeconds(20));
    return new Pull(new Packs(List.of(packs), base), client, patience, listener).run(List.of(names));
  }

  private int pull() {
    return pull(SHORT, Optional.empty(), hub.uri(), "part");
  }

  private void leavesNothingBehind() throws IOException {
    try (var files = Files.list(target.getParent())) {
      assertThat(files).containsExactly(target);
    }
  }

  @Test
  void fetchesWhatIsMissingAndNothingASecondTime() throws IOException {
    assertThat(pull()).isOne();
    assertThat(target).hasBinaryContent(bytes);
    leavesNothingBehind();
    assertThat(pull()).isZero();
    assertThat(hub.requests).hasSize(1);
  }

  @Test
  void fetchesOnceWhatTwoPacksShare() throws IOException {
    describe("other", "repo: a/b");
    assertThat(pull(SHORT, Optional.empty(), hub.uri(), "part", "other")).isOne();
    assertThat(hub.requests).hasSize(1);
  }

  @Test
  void goesOnWhereTheConnectionWasCut() throws IOException {
    hub.faults.add(Fault.cut(100_000));
    hub.faults.add(Fault.cut(50_000));
    hub.faults.add(Fault.status(503));
    hub.faults.add(Fault.status(500));
    pull();
    assertThat(target).hasBinaryContent(bytes);
    leavesNothingBehind();
    List<Long> starts = hub.requests.stream().map(PullTest::start).toList();
    assertThat(starts).hasSize(5).isSorted();
    assertThat(starts.get(1)).isBetween(1L, 100_000L);
    assertThat(starts.subList(2, 5)).containsOnly(starts.get(2)).allMatch(start -> start > starts.get(1));
    assertThat(hub.requests.get(1).ifRange()).isPresent();
    assertThat(told).startsWith("started at 0 of 300000").endsWith("started at " + starts.get(4) + " of 300000");
  }

  /** Where a request asks the file to begin. A cut may cost the last bytes that came before it, so tests can't know. */
  private static long start(Request request) {
    return request.range().map(range -> Long.parseLong(range.replaceAll("\\D", ""))).orElse(0L);
  }

  @Test
  void aRunThatGaveUpIsGoneOnWithByTheNextOne() throws IOException {
    hub.faults.add(Fault.cut(200_000));
    hub.faults.addAll(List.of(Fault.status(502), Fault.status(502), Fault.status(502)));
    assertThatThrownBy(this::pull).isInstanceOf(HubException.class)
        .hasMessageStartingWith(target + ": can't be fetched from " + hub.uri() + "/a/b/resolve/main/vocab.txt: ")
        .hasMessageContaining("status 502; given up after 3 attempts in a row, the " + start(hub.requests.get(3))
            + " bytes that have come are kept");
    assertThat(target).doesNotExist();
    pull();
    assertThat(target).hasBinaryContent(bytes);
    assertThat(start(hub.requests.get(3))).isBetween(1L, 200_000L);
    assertThat(told).endsWith("started at " + start(hub.requests.get(3)) + " of 300000");
  }

  @Test
  void aConnectionThatFallsSilentIsGivenUp() throws IOException {
    hub.faults.add(Fault.stall(120_000));
    pull(new Patience(3, Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(300)), Optional.empty(),
        hub.uri(), "part");
    assertThat(target).hasBinaryContent(bytes);
    assertThat(hub.requests.get(1).range()).contains("bytes=120000-");
  }

  @Test
  void withoutRangesTheFileComesFromTheBeginning() throws IOException {
    hub.ranges = false;
    hub.faults.add(Fault.cut(100_000));
    pull();
    assertThat(target).hasBinaryContent(bytes);
    assertThat(told).contains("restarted: the server sends whole files only");
  }

  /** Whether the server honours If-Range, or sends the rest of the new file behind the beginning of the old one. */
  @ParameterizedTest
  @CsvSource({"true, 300000", "false, 300000", "true, 90000", "false, 90000", "false, 100000"})
  void aFileThatChangesBetweenAttemptsComesFromTheBeginning(boolean honoured, int size) throws IOException {
    hub.ifRange = honoured;
    hub.faults.add(Fault.cut(100_000));
    hub.faults.addAll(List.of(Fault.status(502), Fault.status(502), Fault.status(502)));
    assertThatThrownBy(this::pull).isInstanceOf(HubException.class);
    byte[] changed = bytes(size, 2);
    hub.put("a/b", "vocab.txt", changed);
    pull();
    assertThat(target).hasBinaryContent(changed);
    assertThat(told).contains("restarted: the file has changed");
  }

  @Test
  void aLeftoverThatIsWholeAlreadyIsOnlyChecked() throws IOException {
    pull();
    Path part = target.resolveSibling("vocab.txt.part");
    Files.move(target, part);
    Files.write(target.resolveSibling("vocab.txt.part.of"),
        List.of("", "\"" + Arrays.hashCode(bytes) + "\"", "300000"));
    pull();
    assertThat(target).hasBinaryContent(bytes);
    leavesNothingBehind();
  }

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
    Files.createDirectories(target.getParent());
    try (FileChannel other = FileChannel.open(target.resolveSibling("vocab.txt.part"), StandardOpenOption.CREATE,
        StandardOpenOption.WRITE)) {
      assertThat(other.lock().isValid()).isTrue();
      assertThatThrownBy(this::pull).hasMessage(target + ": is being fetched by another process");
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
}
