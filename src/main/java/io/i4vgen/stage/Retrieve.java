// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Fact;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.FrameImage;
import io.i4vgen.model.Kind;
import io.i4vgen.model.Lease;
import io.i4vgen.model.Models;
import io.i4vgen.model.PackDescription;
import io.i4vgen.network.Vae;
import io.i4vgen.tensor.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Takes as the anchor image the picture of a folder that fits the prompt best by ImageReward (I4VGen with a retrieved
 * image), the first by name of equals. Pictures are scored as the frames that they would become, one at a time, so that
 * memory does not depend on how many there are. What can't be read is left out, which is told as a warning.
 */
public final class Retrieve implements Stage {

  private final Setting<Path> images;

  /** @param images the folder; {@code null}, empty or {@code auto}: then the job says it */
  public Retrieve(String images) {
    this.images = PictureFiles.setting(name(), "images", images, "a folder of pictures");
  }

  @Override
  public String name() {
    return "retrieve";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(images);
  }

  @Override
  public Set<Kind> networks(Job job, PackDescription pack) {
    return Set.of(Kind.REWARD);
  }

  /** Looks for one picture that can be read, so that a folder without any is known before anything runs. */
  @Override
  public void check(Job job, Models models) {
    Stage.super.check(job, models);
    PackDescription pack = models.describe(job.model());
    if (!pack.has(Kind.REWARD)) {
      throw new BadJob("pack '%s' has no reward network, so that i4vgen-retrieve-action can't choose a picture"
          .formatted(pack.name()));
    }
    Path folder = folder(job, pack);
    List<String> problems = new ArrayList<>();
    for (Path file : files(folder)) {
      try {
        PictureFiles.readable(file);
        return;
      } catch (IOException e) {
        problems.add(e.getMessage());
      }
    }
    throw none(folder, problems);
  }

  private static BadJob none(Path folder, List<String> problems) {
    return new BadJob("the folder %s holds no picture that can be read%s".formatted(folder,
        problems.isEmpty() ? "" : "; " + problems.get(0)));
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    Path folder = folder(in.job(), pack);
    Best best = best(in, context, pack, files(folder), folder);
    float[] rewards = new float[best.rewards.size()];
    for (int i = 0; i < rewards.length; i++) {
      rewards[i] = best.rewards.get(i);
    }
    try (Lease<Vae> vae = context.models().vae(pack)) {
      return in.with(Part.REWARDS, in.memory().create(rewards))
          .with(Part.ANCHOR, PictureFiles.latent(vae.get(), best.frame))
          .with(Fact.ANCHOR, best.index)
          .with(new Step(name(), Map.of("image", best.file.getFileName().toString())));
    }
  }

  private static Best best(Generation in, StageContext context, PackDescription pack, List<Path> files, Path folder) {
    Best best = new Best();
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      try (Scope scope = new Scope()) {
        NDArray frame = FrameImage.of(pack.frame()).of(PictureFiles.readable(files.get(i)), in.memory());
        if (best.beats(ImageReward.score(in, context, pack, frame).getFloat(), files.get(i))) {
          best.frame = scope.keep(frame);
        }
      } catch (IOException e) {
        problems.add(e.getMessage());
        context.progress().warned(in.job(), e.getMessage());
      }
      context.progress().advanced(in.job(), "retrieve", i + 1, files.size());
    }
    if (best.frame == null) {
      throw none(folder, problems);
    }
    return best;
  }

  /** The best picture so far, and the rewards of all. */
  private static final class Best {

    private final List<Float> rewards = new ArrayList<>();
    private int index;
    private Path file;
    private NDArray frame;

    /** Whether {@code reward} is the highest so far. */
    private boolean beats(float reward, Path rewarded) {
      boolean higher = rewards.isEmpty() || reward > rewards.get(index);
      rewards.add(reward);
      if (higher) {
        index = rewards.size() - 1;
        file = rewarded;
      }
      return higher;
    }
  }

  private Path folder(Job job, PackDescription pack) {
    Path folder = images.in(job, pack).orElseThrow(() -> new BadJob(
        "the job has no 'images': give the folder of pictures to choose from"));
    if (!Files.isDirectory(folder)) {
      throw new BadJob("images is '%s': there is no such folder".formatted(folder));
    }
    return folder;
  }

  /** In the order of their names; neither hidden ones nor those of folders in it. */
  private static List<Path> files(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(file -> Files.isRegularFile(file) && !file.getFileName().toString().startsWith("."))
          .sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("can't list " + folder + ": " + e.getMessage(), e);
    }
  }
}
