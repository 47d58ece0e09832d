// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What somebody asked for. A job is plain data: the same job gives the same video on the same machine.
 *
 * @param id names the job in progress lines and file names: letters, digits, {@code . _ -}
 * @param prompt what the video should show; not blank
 * @param negativePrompt what it should not show, {@code null} for the pack's own
 * @param seed every stage derives its own seed from this one
 * @param model a pack's name or folder
 * @param parameters options of stages by name, {@code steps} for all of them or {@code ni-vsds.stepSize} for one; they
 *     win over those in the route
 */
public record Job(String id, String prompt, String negativePrompt, long seed, String model,
    Map<String, String> parameters) {

  /** Far more than any text encoder reads. */
  private static final int LONGEST = 10_000;

  /** @throws BadJob if the prompt is blank, or the id would not do as a file name */
  public Job {
    if (prompt == null || prompt.isBlank()) {
      throw new BadJob("the prompt is empty: say what the video should show");
    }
    checkText("prompt", prompt);
    checkText("negative prompt", negativePrompt == null ? "" : negativePrompt);
    if (id == null || !id.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,127}")) {
      throw new BadJob("job id '%s': must be 1 to 128 letters, digits, '.', '_' or '-', and start with a letter or"
          .formatted(id) + " digit");
    }
    if (model == null || model.isBlank()) {
      throw new BadJob("model is empty: name a pack or the folder of one");
    }
    prompt = prompt.strip();
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
  }

  /** Refuses what no tokenizer reads and no file holds, before a minute of work is lost to it. */
  private static void checkText(String name, String text) {
    if (text.length() > LONGEST) {
      throw new BadJob("the %s has %d characters: it may have %d".formatted(name, text.length(), LONGEST));
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t') {
        throw new BadJob("the %s has the control character U+%04X at %d: leave it out".formatted(name, (int) c, i));
      }
    }
  }

  /** The same job with one parameter more, or changed. */
  public Job with(String parameter, String value) {
    Map<String, String> all = new TreeMap<>(parameters);
    all.put(parameter, value);
    return new Job(id, prompt, negativePrompt, seed, model, all);
  }
}
