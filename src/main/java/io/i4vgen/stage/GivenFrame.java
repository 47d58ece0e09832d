// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A picture that a frame of the video is to look like.
 *
 * @param image its file
 * @param frame which frame: from 0, or from the end with -1
 */
public record GivenFrame(Path image, int frame) {

  /** What a text must be to be read. */
  static final String FORM = "FILE@FRAME, such as star.png@0 or star.png@-1, several with commas between them";

  private static final Pattern NUMBER = Pattern.compile("@\\s*(-?\\d{1,6})\\s*(?:,|$)");

  /** @return {@code null} if the text is not what it must be */
  static List<GivenFrame> parse(String text) {
    return NamedFiles.several(text, NUMBER, (image, frame) -> new GivenFrame(image, Integer.parseInt(frame)));
  }

  /** The same pictures with other paths. */
  static String moved(String text, UnaryOperator<Path> move) {
    return parse(text).stream().map(given -> new GivenFrame(move.apply(given.image), given.frame).toString())
        .collect(Collectors.joining(", "));
  }

  /** As a text that says it: {@code star.png@0}, {@code "a, b.png"@0}. */
  @Override
  public String toString() {
    return NamedFiles.text(image.toString()) + "@" + frame;
  }
}
