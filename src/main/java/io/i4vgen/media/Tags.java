// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

/**
 * What a file says of itself beside its pixels.
 *
 * @param title shown by players; empty for none
 * @param recipe how the file was made, any text (JSON by custom); empty for none; {@link Format#readRecipe} returns it
 */
public record Tags(String title, String recipe) {

  /** Nothing said. */
  public static final Tags NONE = new Tags("", "");

  /**
   * @throws IllegalArgumentException if a text holds the character 0, at which file formats end a text
   */
  public Tags {
    requireNoZero("title", title);
    requireNoZero("recipe", recipe);
  }

  private static void requireNoZero(String name, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("the " + name + " holds the character 0 at " + text.indexOf('\0'));
    }
  }
}
