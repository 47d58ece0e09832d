// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import io.i4vgen.network.ImageRewardConfig;
import io.i4vgen.network.LavieUnetConfig;
import io.i4vgen.network.SparseControlConfig;
import io.i4vgen.network.TextEncoderConfig;
import io.i4vgen.network.UnetConfig;
import io.i4vgen.network.VaeConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Whether the networks of a pack take what the others make. Those that are told are compared with each other, each
 * fault names both of them and their files.
 */
final class PackFit {

  private static final int IMAGE_CHANNELS = 3;

  private final PackContents pack;
  private final List<String> faults = new ArrayList<>();
  private final Map<Kind, SparseControlConfig> controls = new EnumMap<>(Kind.class);
  private TextEncoderConfig text;
  private UnetConfig unet;
  private VaeConfig vae;
  private ImageRewardConfig reward;
  private long lastToken = -1;
  private long lastRewardToken = -1;

  PackFit(PackContents pack) {
    this.pack = pack;
  }

  TextEncoderConfig with(TextEncoderConfig config) {
    text = config;
    return config;
  }

  UnetConfig with(UnetConfig config) {
    unet = config;
    return config;
  }

  LavieUnetConfig with(LavieUnetConfig config) {
    unet = config.spatial();
    return config;
  }

  VaeConfig with(VaeConfig config) {
    vae = config;
    return config;
  }

  SparseControlConfig with(Kind kind, SparseControlConfig config) {
    controls.put(kind, config);
    return config;
  }

  ImageRewardConfig with(ImageRewardConfig config) {
    reward = config;
    return config;
  }

  /** @param last the largest id that the text encoder's tokenizer gives */
  void withTokensUpTo(long last) {
    lastToken = last;
  }

  /** @param last the largest id that the reward network's tokenizer gives */
  void withRewardTokensUpTo(long last) {
    lastRewardToken = last;
  }

  List<String> faults() {
    faults.clear();
    if (unet != null && vae != null) {
      same(Kind.UNET, "takes latents of %s channels", unet.inChannels(), Kind.VAE, "makes %s", vae.latentChannels());
      if (unet.outChannels() != unet.inChannels()) {
        same(Kind.UNET, "makes latents of %s channels", unet.outChannels(), Kind.VAE, "takes %s",
            vae.latentChannels());
      }
    }
    if (unet != null && text != null) {
      same(Kind.TEXT_ENCODER, "makes embeddings of %s channels", text.width(), Kind.UNET, "takes %s",
          unet.textWidth());
    }
    if (vae != null && pack.network(Kind.VAE).config().isEmpty()) {
      usualLatents();
    }
    controls.forEach(this::control);
    tokens();
    return List.copyOf(faults);
  }

  /** A pack whose VAE has no configuration is taken to have Stable Diffusion's latents. */
  private void usualLatents() {
    LatentShape found = new LatentShape(vae.latentChannels(), vae.factor());
    if (!found.equals(LatentShape.STABLE_DIFFUSION)) {
      faults.add("pack '%s': %s makes latents of %d channels, %d times smaller than the image, which is not as in"
          .formatted(pack.name(), named(Kind.VAE), found.channels(), found.factor())
          + " Stable Diffusion (4 and 8): it needs its config.json");
    }
  }

  private void control(Kind kind, SparseControlConfig control) {
    if (unet != null) {
      same(kind, "is for a UNet with levels of %s channels", control.encoder().channels(), Kind.UNET, "has %s",
          unet.channels());
      same(kind, "is for a UNet with %s layers in its levels", control.encoder().layers(), Kind.UNET, "has %s",
          unet.layers());
      same(kind, "takes latents of %s channels", control.encoder().inChannels(), Kind.UNET, "takes %s",
          unet.inChannels());
      same(kind, "takes embeddings of %s channels", control.encoder().textWidth(), Kind.UNET, "takes %s",
          unet.textWidth());
    }
    if (vae != null) {
      boolean latents = control.isForLatents();
      same(kind, latents ? "takes latents of %s channels" : "takes images of %s channels", control.conditionChannels(),
          Kind.VAE, "makes %s", latents ? vae.latentChannels() : IMAGE_CHANNELS);
      if (!latents) {
        same(kind, "makes images %s times smaller", control.factor(), Kind.VAE, "makes them %s times smaller",
            vae.factor());
      }
    }
  }

  private void same(Kind one, String does, Object its, Kind other, String otherDoes, Object others) {
    if (!its.equals(others)) {
      faults.add("pack '%s': %s %s, but %s %s".formatted(pack.name(), named(one), does.formatted(its), named(other),
          otherDoes.formatted(others)));
    }
  }

  private void tokens() {
    if (text != null) {
      tokens(pack.file(pack.tokenizer()), lastToken, Kind.TEXT_ENCODER, text.vocabulary());
    }
    if (reward != null) {
      tokens(pack.file(pack.rewardVocabulary()), lastRewardToken, Kind.REWARD, reward.text().vocabulary());
    }
  }

  private void tokens(Path tokenizer, long last, Kind kind, int rows) {
    if (last >= rows) {
      faults.add("pack '%s': the tokenizer (%s) has tokens from 0 to %d, but %s knows those from 0 to %d".formatted(
          pack.name(), tokenizer, last, named(kind), rows - 1));
    }
  }

  private String named(Kind kind) {
    NetworkFiles files = pack.network(kind);
    return "network '%s' (%s)".formatted(kind.key(),
        pack.file(files.config().isEmpty() ? files.weights().get(0) : files.config()));
  }
}
