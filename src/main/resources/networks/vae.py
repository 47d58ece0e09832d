# SPDX-License-Identifier: Apache-2.0
# Stable Diffusion's autoencoder (Rombach et al. 2022). Which layers there are is seen from the names in `w`.


def resnets(x: Tensor, w: Dict[str, Tensor], block: str, groups: int) -> Tensor:
  i = 0
  while (block + ".resnets.{}.norm1.weight".format(i)) in w:
    x = resnet(x, None, w, block + ".resnets.{}".format(i), groups, 1e-6)
    i = i + 1
  return x


def self_attention(x: Tensor, w: Dict[str, Tensor], name: str, groups: int) -> Tensor:
  """Every element attends to all others; one head."""
  n, c, height, width = x.shape
  h = group_norm(x, w, name + ".group_norm", groups, 1e-6).permute([0, 2, 3, 1]).reshape([n, height * width, c])
  q = linear(h, w, name + ".to_q")
  k = linear(h, w, name + ".to_k")
  v = linear(h, w, name + ".to_v")
  h = linear(attention(q, k, v, 1), w, name + ".to_out.0")
  return x + h.reshape([n, height, width, c]).permute([0, 3, 1, 2])


def mid_block(x: Tensor, w: Dict[str, Tensor], name: str, groups: int) -> Tensor:
  x = resnet(x, None, w, name + ".resnets.0", groups, 1e-6)
  if (name + ".attentions.0.group_norm.weight") in w:
    x = self_attention(x, w, name + ".attentions.0", groups)
  return resnet(x, None, w, name + ".resnets.1", groups, 1e-6)


def decode_image(latent: Tensor, groups: int, w: Dict[str, Tensor]) -> Tensor:
  x = latent
  if "post_quant_conv.weight" in w:
    x = conv(x, w, "post_quant_conv")
  x = mid_block(conv(x, w, "decoder.conv_in"), w, "decoder.mid_block", groups)
  level = 0
  block = "decoder.up_blocks.0"
  while (block + ".resnets.0.norm1.weight") in w:
    x = resnets(x, w, block, groups)
    up = block + ".upsamplers.0.conv"
    if (up + ".weight") in w:
      x = conv(torch.upsample_nearest2d(x, None, [2., 2.]), w, up)
    level = level + 1
    block = "decoder.up_blocks.{}".format(level)
  return conv(norm_silu(x, w, "decoder.conv_norm_out", groups, 1e-6), w, "decoder.conv_out")


class Net(Module):
  def encode(self, image: Tensor, groups: int, w: Dict[str, Tensor]) -> Tuple[Tensor, Tensor]:
    """[n, 3, h, w] -> mean and logarithm of the variance, [n, c, h / factor, w / factor] each"""
    x = conv(channels_last(image), w, "encoder.conv_in")
    level = 0
    block = "encoder.down_blocks.0"
    while (block + ".resnets.0.norm1.weight") in w:
      x = resnets(x, w, block, groups)
      down = block + ".downsamplers.0.conv"
      if (down + ".weight") in w:
        x = torch.conv2d(torch.constant_pad_nd(x, [0, 1, 0, 1]), w[down + ".weight"], w[down + ".bias"], [2, 2])
      level = level + 1
      block = "encoder.down_blocks.{}".format(level)
    x = mid_block(x, w, "encoder.mid_block", groups)
    x = conv(norm_silu(x, w, "encoder.conv_norm_out", groups, 1e-6), w, "encoder.conv_out")
    if "quant_conv.weight" in w:
      x = conv(x, w, "quant_conv")
    mean, log_variance = torch.chunk(x.contiguous(), 2, 1)
    return (mean, torch.clamp(log_variance, -30., 20.))

  def decode(self, latents: Tensor, groups: int, w: Dict[str, Tensor]) -> Tensor:
    """[n, c, h, w], not scaled -> [n, 3, h * factor, w * factor]"""
    images: List[Tensor] = []
    # One by one: what one image needs stays in the processor's cache, and memory does not grow with the clip.
    for latent in torch.split(latents, 1):
      images.append(decode_image(channels_last(latent), groups, w))
    return torch.cat(images).contiguous()
