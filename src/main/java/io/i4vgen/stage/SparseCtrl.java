// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.diffusion.Seeds;
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
import io.i4vgen.network.SparseControl;
import io.i4vgen.network.SparseControl.Condition;
import io.i4vgen.network.SparseControlConfig;
import io.i4vgen.network.Vae;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Gives pictures for some frames of the video (SparseCtrl, arXiv 2311.16933), which the steps after it are steered by:
 * frames (RGB), which the network sees as latents, or scribbles, which it sees as images.
 */
public final class SparseCtrl implements Stage {

  private static final Set<String> STEPS = Set.of("ni-vsds", "denoise", "free-init");

  private final Setting<List<GivenFrame>> conditions;
  private final Setting<Path> image;
  private final Setting<Kind> kind;
  private final Setting<Double> scale;
  private final Setting<Set<String>> in;
  private final Setting<Integer> frames;

  /**
   * Each option may be {@code null}, empty or {@code auto}.
   *
   * @param conditions {@code FILE@FRAME}, several with commas between them
   * @param image the picture of frame 0, beside those of {@code conditions}
   * @param kind {@code rgb} or {@code scribble}
   * @param scale what the network's residuals are multiplied by
   * @param in the steps that are steered, with commas between them
   * @param frames how many the video has
   */
  public SparseCtrl(String conditions, String image, String kind, String scale, String in, String frames) {
    this.conditions = Setting.files(name(), "conditions", "conditions", conditions, GivenFrame.FORM, GivenFrame::parse,
        GivenFrame::moved);
    this.image = PictureFiles.setting(name(), "image", image, "a JPEG, PNG or WebP file");
    this.kind = Setting.text(name(), "kind", null, kind, "rgb or scribble", SparseCtrl::kind);
    this.scale = Setting.number(name(), "scale", null, scale, 0, 10);
    this.in = Setting.text(name(), "in", null, in, "ni-vsds, denoise or free-init, several with commas between them",
        SparseCtrl::steps);
    this.frames = Shared.frames(name(), frames);
  }

  @Override
  public String name() {
    return "sparsectrl";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(conditions, image, kind, scale, in, frames);
  }

  @Override
  public Set<Kind> networks(Job job, PackDescription pack) {
    return Set.of(kind(job, pack));
  }

  @Override
  public void check(Job job, Models models, List<Stage> route) {
    Stage.super.check(job, models, route);
    PackDescription pack = models.describe(job.model());
    requireNetwork(pack, kind(job, pack));
    List<GivenFrame> given = given(job, pack);
    Shared.checkFrames(frames, job, models, route);
    try (Lease<SparseControl> control = models.sparseControl(pack, kind(job, pack))) {
      int most = control.get().config().maxFrames();
      if (count(job, pack) > most && route.stream().noneMatch(ContextWindows.class::isInstance)) {
        throw new BadJob("frames is '%d': SparseCtrl of pack '%s' knows 1 to %d".formatted(count(job, pack),
            pack.name(), most));
      }
    }
    given.forEach(one -> PictureFiles.read(one.image()));
  }

  private static void requireNetwork(PackDescription pack, Kind kind) {
    if (!pack.has(kind)) {
      throw new BadJob("pack '%s' has no network '%s', which i4vgen-sparsectrl-action needs".formatted(pack.name(),
          kind.key()));
    }
    if (pack.isLavie()) {
      throw new BadJob("pack '%s' has LaVie's UNet, and SparseCtrl steers one of Stable Diffusion only".formatted(
          pack.name()));
    }
  }

  @Override
  public Generation run(Generation generation, StageContext context) {
    PackDescription pack = context.pack(generation);
    Job job = generation.job();
    Kind network = kind(job, pack);
    requireNetwork(pack, network);
    List<GivenFrame> given = given(job, pack);
    Set<String> steered = in.in(job, pack).orElse(STEPS);
    double factor = scale.in(job, pack).orElse(1.0);
    NDArray pictures = network == Kind.SPARSECTRL_RGB ? latents(generation, context, pack, given)
        : images(generation, context, pack, given);
    Condition condition = Condition.of(pictures, given.stream().map(GivenFrame::frame).toList(), count(job, pack));
    return generation.with(Part.CONDITION, condition.frames().concat(condition.mask(), 1))
        .with(Fact.STEERING, word(network)).with(Fact.STEERING_SCALE, factor)
        .with(Fact.STEERED, steered.stream().sorted().collect(Collectors.joining(",")))
        .with(new Step(name(), Map.of("kind", word(network),
            "conditions", given.stream().map(one -> one.image().getFileName() + "@" + one.frame())
                .collect(Collectors.joining(", ")),
            "scale", Double.toString(factor), "in", steered.stream().sorted().collect(Collectors.joining(",")))));
  }

  /** Samples of what the autoencoder takes them for, as the original does: {@code [k, channels, height, width]}. */
  private static NDArray latents(Generation generation, StageContext context, PackDescription pack,
      List<GivenFrame> given) {
    NDArray noise = new Seeds(generation.job().seed()).noise(Seeds.CONDITION, generation.memory(),
        Shared.latents(pack, given.size()));
    NDList latents = new NDList();
    try (Lease<Vae> vae = context.models().vae(pack)) {
      for (GivenFrame one : given) {
        NDArray frame = FrameImage.of(pack.frame()).of(PictureFiles.read(one.image()), generation.memory());
        NDArray drawn = noise.get("{}:{}", latents.size(), latents.size() + 1).toType(vae.get().floats(), false);
        NDArray raw = PictureFiles.encode(vae.get(), frame).sample(drawn);
        latents.add(vae.get().latent(raw).toType(DataType.FLOAT32, false));
      }
    }
    return NDArrays.concat(latents, 0);
  }

  /** Images of 0 to 1 in the size that the network brings to that of latents: {@code [k, 3, height, width]}. */
  private static NDArray images(Generation generation, StageContext context, PackDescription pack,
      List<GivenFrame> given) {
    int factor;
    try (Lease<SparseControl> control = context.models().sparseControl(pack, Kind.SPARSECTRL_SCRIBBLE)) {
      factor = control.get().config().factor();
    }
    FrameImage size = new FrameImage(factor * pack.frame().latentWidth(), factor * pack.frame().latentHeight());
    NDList images = new NDList();
    for (GivenFrame one : given) {
      images.add(size.of(PictureFiles.read(one.image()), generation.memory()).toType(DataType.FLOAT32, false).div(255));
    }
    return NDArrays.concat(images, 0);
  }

  /** The picture of frame 0, if there is one, and the others, each of another frame. */
  private List<GivenFrame> given(Job job, PackDescription pack) {
    List<GivenFrame> all = new ArrayList<>();
    image.in(job, pack).ifPresent(file -> all.add(new GivenFrame(file, 0)));
    conditions.in(job, pack).ifPresent(all::addAll);
    if (all.isEmpty()) {
      throw new BadJob("the job has neither 'image' nor 'conditions': give the picture of at least one frame");
    }
    int count = count(job, pack);
    Set<Integer> taken = new HashSet<>();
    for (GivenFrame one : all) {
      if (one.frame() < -count || one.frame() >= count) {
        throw new BadJob("frame %d for the picture %s: the video has frames 0 to %d, or -%d to -1 from its end"
            .formatted(one.frame(), one.image(), count - 1, count));
      }
      if (!taken.add(Math.floorMod(one.frame(), count))) {
        throw new BadJob("frame %d for the picture %s: another picture is given for it".formatted(one.frame(),
            one.image()));
      }
    }
    return all;
  }

  private Kind kind(Job job, PackDescription pack) {
    return kind.in(job, pack).orElse(Kind.SPARSECTRL_RGB);
  }

  private int count(Job job, PackDescription pack) {
    return Shared.frames(frames, job, pack);
  }

  /** The network of that name, {@code null} if there is none. */
  static Kind kind(String text) {
    return switch (text) {
      case "rgb" -> Kind.SPARSECTRL_RGB;
      case "scribble" -> Kind.SPARSECTRL_SCRIBBLE;
      default -> null;
    };
  }

  private static String word(Kind kind) {
    return kind == Kind.SPARSECTRL_RGB ? "rgb" : "scribble";
  }

  private static Set<String> steps(String text) {
    Set<String> steps = Set.copyOf(List.of(text.strip().split("\\s*,\\s*")));
    return STEPS.containsAll(steps) ? steps : null;
  }
}
