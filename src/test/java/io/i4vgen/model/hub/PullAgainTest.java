// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.model.PackFiles;
import io.i4vgen.model.Packs;
import io.i4vgen.model.hub.FakeHub.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is there already is taken for right only as far as something says so. */
class PullAgainTest extends WithHub {

  private String sha256() throws IOException {
    return PackFiles.sha256(Files.write(packs.resolve("x"), bytes));
  }

  private void put(byte[] content) throws IOException {
    Files.createDirectories(target.getParent());
    Files.write(target, content);
  }

  private Stock.Item listed() {
    return Stock.of(new Packs(List.of(packs), hub.uri()).outline("part"), hub.uri()).items().get(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ", bytes: 300000"})
  void aDamagedFileIsFetchedAgain(String size) throws IOException {
    describe("repo: a/b, sha256: " + sha256() + size);
    put(bytes(300_000, 2));
    assertThat(pull()).isOne();
    assertThat(target).hasBinaryContent(bytes);
    assertThat(told.get(0)).isEqualTo("comparing 300000");
    assertThat(told.get(1)).startsWith("damaged: " + target + " has sha256 ").endsWith(", expected " + sha256());
  }

  @Test
  void aDamagedFileStaysUntilAWholeOneIsThere() throws IOException {
    describe("repo: a/b, sha256: " + sha256());
    put(bytes(300_000, 2));
    hub.faults.add(Fault.cut(100_000));
    hub.faults.addAll(List.of(Fault.status(502), Fault.status(502), Fault.status(502)));
    assertThatThrownBy(this::pull).isInstanceOf(HubException.class);
    assertThat(target).hasBinaryContent(bytes(300_000, 2));
    assertThat(pull()).isOne();
    assertThat(target).hasBinaryContent(bytes);
  }

  @Test
  void aFileIsComparedOnceAndAgainWhenItWasTouchedOrDoubted() throws IOException {
    describe("repo: a/b, sha256: " + sha256());
    put(bytes);
    Files.setLastModifiedTime(target, FileTime.fromMillis(1_700_000_000_000L));
    List<String> compared = List.of("comparing 300000", "present");
    assertTold(compared);
    assertTold(List.of("present"));
    Files.setLastModifiedTime(target, FileTime.fromMillis(1_700_000_001_000L));
    assertTold(compared);
    Stock stock = Stock.of(new Packs(List.of(packs), hub.uri()).outline("part"), hub.uri());
    stock.doubt(List.of("another file is damaged"));
    assertTold(List.of("present"));
    stock.doubt(List.of(target + " has sha256 ..."));
    assertTold(compared);
    assertThat(hub.requests).isEmpty();
  }

  private void assertTold(List<String> lines) {
    told.clear();
    assertThat(pull()).isZero();
    assertThat(told).isEqualTo(lines);
  }

  @Test
  void whatWasFetchedIsNotComparedASecondTime() throws IOException {
    describe("repo: a/b, sha256: " + sha256());
    assertThat(pull()).isOne();
    assertTold(List.of("present"));
  }

  @Test
  void theSizeThatTheHubHasSaidIsRemembered() throws IOException {
    put(Arrays.copyOf(bytes, 1000));
    assertThat(listed()).matches(Stock.Item::isUnsure);
    assertTold(List.of("present, unsure"));
    Files.delete(target);
    assertThat(pull()).isOne();
    assertThat(listed()).matches(item -> item.isHere() && !item.isUnsure());
    put(Arrays.copyOf(bytes, 1000));
    assertThat(listed().problem()).contains(target + " has 1000 bytes, expected 300000");
    assertThat(pull()).isOne();
    assertThat(target).hasBinaryContent(bytes);
  }

  @Test
  void theChecksumThatTheHubHasSaidIsRemembered() throws IOException {
    try (FakeHub store = new FakeHub()) {
      store.files.put("/blob", bytes);
      hub.faults.add(Fault.redirect(store.uri().resolve("/blob").toString(),
          Map.of("X-Linked-ETag", '"' + sha256() + '"', "X-Linked-Size", "300000")));
      pull();
    }
    assertThat(listed().file().sha256()).isEqualTo(sha256());
    assertTold(List.of("present"));
    put(bytes(300_000, 2));
    Files.setLastModifiedTime(target, FileTime.fromMillis(1_700_000_000_000L));
    assertThat(pull()).isOne();
    assertThat(target).hasBinaryContent(bytes);
  }

  /** What the hub said once does not stand in the way of what it has now. */
  @Test
  void aFileThatHasChangedAtTheHubIsFetchedAsItIsNow() throws IOException {
    pull();
    Files.delete(target);
    bytes = bytes(200_000, 3);
    hub.put("a/b", "vocab.txt", bytes);
    assertThat(pull()).isOne();
    assertThat(target).hasBinaryContent(bytes);
    assertThat(listed().file().bytes()).isEqualTo(200_000);
  }

  @Test
  void whatWasLearntGivesWayToWhatThePackSays() throws IOException {
    pull();
    describe("repo: a/b, bytes: 200000");
    assertThat(listed().file().bytes()).isEqualTo(200_000);
    describe("repo: a/b, sha256: " + "4".repeat(64));
    hub.etags.put(FILE, '"' + sha256() + '"');
    Files.delete(target);
    describe("repo: a/b");
    pull();
    describe("repo: a/b, sha256: " + "4".repeat(64));
    assertThat(listed().file().hasSize()).isFalse();
  }

  @Test
  void notesThatNobodyCanReadAreNoneAndOthersStay() throws IOException {
    describe("other", "repo: c/d");
    hub.put("c/d", "vocab.txt", bytes);
    pull(SHORT, Optional.empty(), hub.uri(), "other");
    Path notes = packs.resolve("hub/.known");
    Files.writeString(notes, "no note, caf\u00e9\n" + Files.readString(notes) + "5", StandardCharsets.ISO_8859_1);
    pull();
    assertThat(notes).hasContent("300000 - -1 a/b/vocab.txt\n300000 - -1 c/d/vocab.txt\n");
    assertThat(notes.getParent()).isDirectoryNotContaining("glob:**.known.*");
  }
}
