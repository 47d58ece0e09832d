// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamedFilesTest {

  @ParameterizedTest
  @ValueSource(strings = {"/home/a,b/star.png", "a, b.png", "a@0, b@1.png", "x@3", "x@3,y", "x@0.5", " star .png ",
      "a;b", "ключ, ü.png", "\"star\".png", "a\"b.png", "\"", "\"a\"\"@0, b\"", "a\nb.png", "a%2Cb.png", "C:\\x, y\\z"})
  void anyPathIsReadAsItWasWrittenAmongOthers(String path) {
    List<GivenFrame> given = List.of(new GivenFrame(Path.of("first.png"), 3), new GivenFrame(Path.of(path), -1),
        new GivenFrame(Path.of(path), 0));
    String text = String.join(", ", given.stream().map(GivenFrame::toString).toList());
    assertThat(GivenFrame.parse(text)).as(text).isEqualTo(given);
    assertThat(GivenFrame.moved(text, file -> file)).isEqualTo(text);
    assertThat(GivenFrame.parse(NamedFiles.item(given.get(1).toString()))).containsExactly(given.get(1));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '\'', value = {
      "a.png@0,b c.png @ -1     | a.png@0, b c.png@-1", "a, b.png@0 | \"a, b.png\"@0", "a@b.png@0 | a@b.png@0",
      "\"a, b\" @0,\"c.png\" @1 | \"a, b\"@0, c.png@1", "a\"b@0 | a\"b@0", "\"a.png@0 | \"\"\"a.png\"@0"})
  void readsWhatPeopleWrite(String text, String written) {
    assertThat(GivenFrame.moved(text, file -> file)).isEqualTo(written);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",", "\"\"@0", "\"a.png\"", "\"a.png\"@0,", "\"a.png\"@x", "\"a.png\"@0 c", "a@0 \"b\""})
  void refusesWhatIsNoList(String text) {
    assertThat(GivenFrame.parse(text)).isNull();
  }

  @Test
  void aListsItemIsOneFileUnlessItSaysANumberBehindEach() {
    assertThat(List.of("a.png@0", "a, b.png@0", "a, b", "a.png@0, b.png@1", "\"a, b\"@0")).extracting(NamedFiles::item)
        .containsExactly("a.png@0", "\"a, b.png\"@0", "\"a, b\"", "a.png@0, b.png@1", "\"a, b\"@0");
  }
}
