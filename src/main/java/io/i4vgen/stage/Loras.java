// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import io.i4vgen.generation.Job;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Low-rank updates of the UNet and of the text encoder that a job asks for, beside those of its pack: its parameter
 * {@code loras}, which holds for all steps. Every file and scale makes views of the pack's networks, which stay as
 * they are for other jobs.
 */
public final class Loras {

  private static final String NAME = "loras";
  private static final double MOST = 100;
  private static final String FORM =
      "FILE or FILE@SCALE with a scale from -100 to 100, such as film.safetensors@0.8, each file once, with commas";
  private static final Pattern NUMBER = Pattern.compile("(?:@\\s*(-?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?)\\s*)?(?:,|$)");
  private static final Setting<Map<Path, Double>> SETTING = Setting.files("job", NAME, NAME, null, FORM, Loras::parse,
      Loras::moved);

  private Loras() {}

  /** The names under which a job asks for them. */
  public static List<String> names() {
    return SETTING.names();
  }

  /**
   * Loads the networks with the updates that the job asks for, if it does.
   *
   * @throws io.i4vgen.generation.BadJob if the parameter is not what it must be
   * @throws io.i4vgen.model.PackException if a file is not there, is no LoRA, or does not fit the pack's networks
   */
  public static void check(Job job, Models models) {
    PackDescription plain = models.describe(job.model());
    PackDescription pack = applied(job, plain, models);
    if (!pack.equals(plain)) {
      models.textEncoder(pack).close();
      models.unet(pack).close();
    }
  }

  /** The job with other paths in the place of its own. */
  public static Job moved(Job job, UnaryOperator<Path> move) {
    return SETTING.moved(job, move);
  }

  /** The pack with the job's updates more. */
  static PackDescription applied(Job job, PackDescription pack, Models models) {
    return SETTING.in(job, pack).map(loras -> models.updated(pack, loras)).orElse(pack);
  }

  /** @return {@code null} if the text is not what it must be */
  private static Map<Path, Double> parse(String text) {
    List<Map.Entry<Path, Double>> all = NamedFiles.several(text, NUMBER, (file, scale) ->
        Map.entry(file, scale == null ? 1.0 : Double.parseDouble(scale)));
    if (all == null) {
      return null;
    }
    Map<Path, Double> scales = new LinkedHashMap<>();
    all.stream().filter(one -> Math.abs(one.getValue()) <= MOST)
        .forEach(one -> scales.put(one.getKey().toAbsolutePath().normalize(), one.getValue()));
    return scales.size() == all.size() ? scales : null;
  }

  private static String moved(String text, UnaryOperator<Path> move) {
    return String.join(", ", NamedFiles.several(text, NUMBER,
        (file, scale) -> NamedFiles.text(move.apply(file).toString()) + (scale == null ? "" : "@" + scale)));
  }
}
