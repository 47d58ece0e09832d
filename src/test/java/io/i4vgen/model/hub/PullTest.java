// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.model.hub.FakeHub.Fault;
import io.i4vgen.model.hub.FakeHub.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a file comes, whatever the connection does. */
class PullTest extends WithHub {

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
    pull(new Patience(3, Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofSeconds(6)), Optional.empty(),
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

  /** As the protocol allows: the rest of a file, of a total that the server does not say. */
  @Test
  void goesOnWithARestThatDoesNotSayTheTotal() throws IOException {
    hub.totals = false;
    hub.faults.add(Fault.cut(200_000));
    hub.faults.add(Fault.cut(20_000));
    pull();
    assertThat(target).hasBinaryContent(bytes);
    assertThat(told).noneMatch(line -> line.startsWith("restarted"));
    assertThat(told).allMatch(line -> !line.startsWith("started") || line.endsWith(" of 300000"));
  }

  @Test
  void aServerThatSendsTheBeginningAgainAndAgainIsGivenUp() {
    hub.ranges = false;
    for (int i = 0; i < 20; i++) {
      hub.faults.add(Fault.cut(i % 2 == 0 ? 200_000 : 100_000));
    }
    assertThatThrownBy(this::pull).isInstanceOf(HubException.class)
        .hasMessageContaining("given up after 3 attempts in a row");
    assertThat(hub.requests).hasSizeLessThan(20);
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
}
