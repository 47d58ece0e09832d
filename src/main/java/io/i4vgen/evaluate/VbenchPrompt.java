// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.i4vgen.generation.BadJob;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A prompt of VBench (arXiv 2311.17982), and how many videos of it VBench judges: 5, for the dimension temporal
 * flickering 25, from which it takes those that stand still.
 *
 * @param text exactly as VBench has it: the videos' names begin with it
 */
public record VbenchPrompt(String text, int videos) {

  private static final String FLICKERING = "temporal_flickering";
  private static final int USUAL = 5;
  private static final int OF_FLICKERING = 25;
  /** What the usual file systems allow for a name, bytes. */
  private static final int LONGEST = 255;

  /** @throws BadJob if no file can have its name, and so VBench could not find its videos */
  public VbenchPrompt {
    String name = name(text, videos - 1);
    if (text.isBlank() || text.matches("(?s).*[/\\\\\\p{Cntrl}].*")) {
      throw new BadJob(("prompt '%s': VBench finds a video by its name, PROMPT-INDEX.mp4, and a name holds no '/',"
          + " '\\', control character and is not empty: VBench has no such prompts").formatted(text));
    }
    if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
      throw new BadJob("prompt '%s': its videos' names, PROMPT-INDEX.mp4, are longer than %d bytes".formatted(text,
          LONGEST));
    }
    if (videos < 1 || videos > 1000) {
      throw new BadJob("%d videos of a prompt: must be from 1 to 1000".formatted(videos));
    }
  }

  /** The name that VBench looks for. */
  String name(int index) {
    return name(text, index);
  }

  private static String name(String text, int index) {
    return text + "-" + index + ".mp4";
  }

  /**
   * Reads VBench's {@code VBench_full_info.json}, or a list with a prompt a line, such as those that it has for each
   * dimension: that of {@code temporal_flickering.txt} are sampled 25 times. Prompts that are there twice are sampled
   * once, as often as the greedier of them says.
   *
   * @param videos of each prompt; 0 for as many as VBench wants
   * @throws BadJob if something is wrong in it, with the line or the number of the entry
   */
  public static List<VbenchPrompt> read(Path file, int videos) throws IOException {
    Map<String, VbenchPrompt> prompts = new LinkedHashMap<>();
    if (file.toString().endsWith(".json")) {
      readJson(file, videos, prompts);
    } else {
      readLines(file, videos, prompts);
    }
    if (prompts.isEmpty()) {
      throw new BadJob("%s: no prompt in it".formatted(file));
    }
    return List.copyOf(prompts.values());
  }

  private static void readLines(Path file, int videos, Map<String, VbenchPrompt> prompts) throws IOException {
    boolean flickering = file.getFileName().toString().equals(FLICKERING + ".txt");
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        add(prompts, lines.get(i).strip(), count(videos, flickering), file + ":" + (i + 1));
      }
    }
  }

  private static void readJson(Path file, int videos, Map<String, VbenchPrompt> prompts) throws IOException {
    JsonNode root;
    try {
      root = new JsonMapper().readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new BadJob("%s:%d: %s".formatted(file, e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
          e.getOriginalMessage()), e);
    }
    if (!root.isArray()) {
      throw new BadJob("%s: must be a list of entries with 'prompt_en' and 'dimension'".formatted(file));
    }
    for (int i = 0; i < root.size(); i++) {
      JsonNode text = root.get(i).path("prompt_en");
      if (!text.isTextual()) {
        throw new BadJob("%s: entry %d has no text 'prompt_en'".formatted(file, i + 1));
      }
      boolean flickering = false;
      for (JsonNode dimension : root.get(i).path("dimension")) {
        flickering |= dimension.asText().equals(FLICKERING);
      }
      add(prompts, text.asText(), count(videos, flickering), "%s: entry %d".formatted(file, i + 1));
    }
  }

  private static int count(int videos, boolean flickering) {
    return videos > 0 ? videos : flickering ? OF_FLICKERING : USUAL;
  }

  private static void add(Map<String, VbenchPrompt> prompts, String text, int videos, String place) {
    try {
      prompts.merge(text, new VbenchPrompt(text, videos), (a, b) -> a.videos >= b.videos ? a : b);
    } catch (BadJob e) {
      throw new BadJob(place + ": " + e.getMessage(), e);
    }
  }
}
