// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.generation.Generation;
import io.i4vgen.generation.Job;
import io.i4vgen.generation.Part;
import io.i4vgen.generation.Step;
import io.i4vgen.model.BertTokenizer;
import io.i4vgen.model.Kind;
import io.i4vgen.model.Lease;
import io.i4vgen.model.PackDescription;
import io.i4vgen.model.Tokens;
import java.util.Map;
import java.util.Set;

/**
 * Decodes the candidates and scores each against the prompt with ImageReward (I4VGen, stage 1). A pack without a
 * reward network, such as a folder of diffusers, leaves them unscored, which is told as a warning: the first one is the
 * anchor.
 */
public final class ImageReward extends Decoding {

  /** @param vae as of {@link Decode#Decode} */
  public ImageReward(String vae) {
    super("image-reward", vae);
  }

  /** As Kamelets make it that were copied before it had options. */
  public ImageReward() {
    this(null);
  }

  @Override
  public Set<Kind> networks(Job job, PackDescription pack) {
    return Set.of(Kind.REWARD);
  }

  @Override
  public Generation run(Generation in, StageContext context) {
    PackDescription pack = context.pack(in);
    NDArray latents = in.require(Part.CANDIDATES, name());
    if (!pack.has(Kind.REWARD)) {
      context.progress().warned(in.job(), "pack '%s' has no reward network: the candidates are not scored".formatted(
          pack.name()));
      return in.with(new Step(name(), Map.of()));
    }
    NDArray images = decode(in, pack, latents, context);
    return in.with(Part.REWARDS, score(in, context, pack, images))
        .with(Part.IMAGES, images)
        .with(step(in.job(), pack));
  }

  /**
   * How well images fit the job's prompt.
   *
   * @param images {@code [n, 3, height, width]}, bytes
   * @return {@code [n]}
   */
  public static NDArray score(Generation in, StageContext context, PackDescription pack, NDArray images) {
    try (Lease<BertTokenizer> tokenizer = context.models().rewardTokenizer(pack);
        Lease<io.i4vgen.network.ImageReward> reward = context.models().reward(pack)) {
      Tokens prompt = tokenizer.get().encode(in.job().prompt());
      NDManager memory = in.memory();
      NDArray ids = memory.create(prompt.ids()).expandDims(0);
      NDArray mask = memory.create(prompt.mask()).expandDims(0);
      NDArray squares = context.models().rewardImage(pack).of(images).toType(reward.get().floats(), false);
      return reward.get().score(squares, ids, mask).toType(DataType.FLOAT32, true);
    }
  }
}
