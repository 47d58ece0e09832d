// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.stage.Setting;
import io.i4vgen.stage.Stage;
import io.i4vgen.stage.StageContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Stages with the names and options of the real ones, which calculate nothing; some can be slow, or fail. */
public final class FakeStages {

  private FakeStages() {}

  /** Notes that it ran, and with what. */
  public static class Fake implements Stage {

    private final String name;
    private final List<Setting<?>> settings;

    Fake(String name, Setting<?>... settings) {
      this.name = name;
      this.settings = List.of(settings);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public List<Setting<?>> settings() {
      return settings;
    }

    @Override
    public Generation run(Generation in, StageContext context) {
      Map<String, String> options = new TreeMap<>();
      settings.forEach(setting -> setting.in(in.job(), context.pack(in)).ifPresent(
          value -> options.put(setting.names().get(0).split("\\.")[1], value.toString())));
      return work(in, context).with(new Step(name, options));
    }

    Generation work(Generation in, StageContext context) {
      return in;
    }
  }

  private static Setting<Integer> steps(String stage, String text) {
    return Setting.whole(stage, "steps", "steps", text, 1, 1000);
  }

  private static Setting<Double> guidance(String stage, String text) {
    return Setting.number(stage, "guidance", "guidance", text, 0, 100);
  }

  private static Setting<Integer> frames(String stage, String text) {
    return Setting.whole(stage, "frames", "frames", text, 1, 4096);
  }

  private static Setting<String> sampler(String stage, String text) {
    return Setting.text(stage, "sampler", "sampler", text, "a sampler", name -> name);
  }

  public static final class TextEncode extends Fake {

    public TextEncode() {
      super("text-encode");
    }

    @Override
    Generation work(Generation in, StageContext context) {
      if (in.job().prompt().contains("UNLUCKY")) {
        throw new IllegalStateException("the text encoder has bad luck");
      }
      return in.with(Part.TEXT, in.memory().zeros(new Shape(2, 3, 4), DataType.FLOAT32));
    }
  }

  public static final class Candidates extends Fake {

    public Candidates(String count, String steps, String guidance, String sampler) {
      super("candidates", Setting.whole("candidates", "count", "candidates", count, 1, 1024),
          steps("candidates", steps), guidance("candidates", guidance), sampler("candidates", sampler));
    }
  }

  public static final class ImageReward extends Fake {

    public ImageReward(String vae) {
      super("image-reward", Setting.text("image-reward", "vae", null, vae, "a pack", text -> text));
    }

    @Override
    Generation work(Generation in, StageContext context) {
      return in.with(Part.REWARDS, in.memory().create(new float[] {0.25f, 1.5f}));
    }
  }

  public static final class SelectAnchor extends Fake {

    public SelectAnchor() {
      super("select-anchor");
    }

    @Override
    Generation work(Generation in, StageContext context) {
      return in.with(Fact.ANCHOR, 1);
    }
  }

  public static final class Replicate extends Fake {

    public Replicate(String frames) {
      super("replicate", frames("replicate", frames));
    }
  }

  public static final class NiVsds extends Fake {

    public NiVsds(String stepSize, String until, String fraction, String steps, String guidance,
        String sampler) {
      super("ni-vsds", Setting.numbers("ni-vsds", "stepSize", null, stepSize, 0, 1000),
          Setting.number("ni-vsds", "until", null, until, 0, 1),
          Setting.number("ni-vsds", "fraction", null, fraction, 0, 1), steps("ni-vsds", steps),
          guidance("ni-vsds", guidance), sampler("ni-vsds", sampler));
    }
  }

  public static final class Noise extends Fake {

    public Noise(String strength, String frames, String steps, String sampler) {
      super("noise", Setting.number("noise", "strength", null, strength, 0, 1), frames("noise", frames),
          steps("noise", steps), sampler("noise", sampler));
    }
  }

  /** Takes a second for each "SLOW" in the prompt, and then needs what is in memory. */
  public static final class Denoise extends Fake {

    public Denoise(String guidance, String eta, String sampler) {
      super("denoise", guidance("denoise", guidance),
          Setting.number("denoise", "eta", null, eta, 0, 1), sampler("denoise", sampler));
    }

    @Override
    Generation work(Generation in, StageContext context) {
      try {
        TimeUnit.SECONDS.sleep(in.job().prompt().split("SLOW", -1).length - 1);
        in.require(Part.TEXT, "denoise").sum().getFloat();
        return in;
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted", e);
      }
    }
  }

  public static final class QuickDenoise extends Fake {

    public QuickDenoise(String guidance, String eta, String sampler) {
      super("denoise", guidance("denoise", guidance), Setting.number("denoise", "eta", null, eta, 0, 1),
          sampler("denoise", sampler));
    }
  }

  public static final class Decode extends Fake {

    public Decode(String vae) {
      super("decode", Setting.text("decode", "vae", null, vae, "a pack", text -> text));
    }
  }

  /** Writes the prompt. */
  public static final class EncodeVideo extends Fake {

    public EncodeVideo(String file, String fps, String format) {
      super("encode-mp4", Setting.text("encode-mp4", "file", null, file, "a file", text -> text),
          Setting.number("encode-mp4", "fps", null, fps, 1, 120),
          Setting.text("encode-mp4", "format", null, format, "mp4, gif or png", text -> text));
    }

    @Override
    Generation work(Generation in, StageContext context) {
      Path file = Path.of(context.output().toString().replace("{id}", in.job().id()) + ".mp4");
      try {
        Files.createDirectories(file.getParent());
        Files.writeString(file, in.job().prompt());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return in.with(Fact.FILE, file);
    }
  }
}
