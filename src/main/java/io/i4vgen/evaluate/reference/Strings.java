// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;

/** The {@code strings.json} of a tokenizer's case. */
final class Strings {

  private Strings() {}

  /**
   * One string and its tokens.
   *
   * @param ids as recorded, padding included
   * @param used how many are not padding
   * @param others what other implementations give, where they disagree
   */
  record Entry(int number, String text, long[] ids, int used, List<long[]> others) {

    String name() {
      return "string " + number + " \"" + (text.length() > 24 ? text.substring(0, 24) + "..." : text) + "\"";
    }

    /** Whether {@code found} is what any implementation gives. */
    boolean accepts(long[] found) {
      return Arrays.equals(found, ids) || others.stream().anyMatch(other -> Arrays.equals(found, other));
    }
  }

  static List<Entry> read(Case reference) {
    Path file = reference.file("strings.json");
    try {
      List<Entry> entries = new ArrayList<>();
      for (JsonNode string : new ObjectMapper().readTree(file.toFile())) {
        entries.add(new Entry(entries.size(), string.path("text").asText(), ids(string.path("ids")),
            string.path("attention_ones").asInt(), others(string.path("differs"))));
      }
      return entries;
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
  }

  private static List<long[]> others(JsonNode differs) {
    return StreamSupport.stream(differs.spliterator(), false).map(Strings::ids).toList();
  }

  private static long[] ids(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
  }
}
