// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.i4vgen.media.Clip;
import io.i4vgen.media.Format;
import io.i4vgen.media.Picture;
import io.i4vgen.media.VideoInfo;
import io.i4vgen.media.VideoReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code i4vgen info FILE}: what a video is, how bright, and how it was made. */
@Command(name = "info", mixinStandardHelpOptions = true,
    description = "Show a video's format, its brightness and contrast (0 to 1), and the recipe it was made by.")
final class Info implements Callable<Integer> {

  /** A PNG has no rate, and a GIF has one for each picture, in hundredths of a second, which is not a video's. */
  private static final Set<String> STILLS = Set.of("gif", "png");

  /** As people write it: no space before a colon. */
  private static final PrettyPrinter PRINTER = new DefaultPrettyPrinter(DefaultPrettyPrinter.DEFAULT_SEPARATORS
      .withObjectFieldValueSpacing(Separators.Spacing.AFTER).withObjectEmptySeparator(""))
      .withObjectIndenter(new DefaultIndenter("  ", "\n"));

  @Parameters(paramLabel = "FILE", description = "An MP4, GIF or PNG file.")
  Path file;

  @Spec
  CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    VideoInfo info = VideoReader.info(file);
    Clip clip = VideoReader.read(file);
    PrintWriter out = spec.commandLine().getOut();
    line(out, "frames", "%d", clip.frames().size());
    line(out, "size", "%d x %d", info.width(), info.height());
    line(out, "codec", "%s, %s", info.codec(), info.pixelFormat());
    if (!STILLS.contains(info.codec())) {
      line(out, "fps", "%s", info.fps());
    }
    double mean = mean(clip);
    line(out, "brightness", "%.3f", mean);
    line(out, "contrast", "%.3f", deviation(clip, mean));
    String recipe = Format.readRecipe(file);
    if (!recipe.isEmpty()) {
      line(out, "recipe", "%s", pretty(recipe));
    }
    out.flush();
    return 0;
  }

  /** A recipe as it is, but with line breaks; what another program wrote may be anything. */
  private static String pretty(String recipe) {
    try {
      ObjectMapper json = new ObjectMapper();
      return json.writer(PRINTER).writeValueAsString(json.readTree(recipe));
    } catch (JsonProcessingException e) {
      return recipe;
    }
  }

  private static void line(PrintWriter out, String name, String format, Object... values) {
    out.println(String.format(Locale.ROOT, "%-11s" + format, concat(name, values)));
  }

  private static Object[] concat(String name, Object[] values) {
    Object[] all = new Object[values.length + 1];
    all[0] = name;
    System.arraycopy(values, 0, all, 1, values.length);
    return all;
  }

  /** Mean of all values of all frames, 0 to 1. */
  private static double mean(Clip clip) {
    double sum = 0;
    long count = 0;
    for (Picture frame : clip.frames()) {
      for (byte value : frame.rgb()) {
        sum += value & 0xFF;
      }
      count += frame.rgb().length;
    }
    return sum / count / 255;
  }

  /** Standard deviation of all values of all frames, 0 to 1. */
  private static double deviation(Clip clip, double mean) {
    double sum = 0;
    long count = 0;
    for (Picture frame : clip.frames()) {
      for (byte value : frame.rgb()) {
        double difference = (value & 0xFF) / 255.0 - mean;
        sum += difference * difference;
      }
      count += frame.rgb().length;
    }
    return Math.sqrt(sum / count);
  }
}
