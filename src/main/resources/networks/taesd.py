# SPDX-License-Identifier: Apache-2.0
# The tiny autoencoder for Stable Diffusion (TAESD, Bohan 2023): convolutions alone, for quick previews.


def activation(x: Tensor, kind: str) -> Tensor:
  if kind == "relu":
    x = torch.relu(x)
  elif kind == "gelu":
    x = torch.gelu(x)
  elif kind == "mish":
    x = torch.mish(x)
  else:
    x = torch.silu(x)
  return x


def block(x: Tensor, kind: str, w: Dict[str, Tensor], name: str) -> Tensor:
  h = activation(conv(x, w, name + ".conv.0"), kind)
  h = activation(conv(h, w, name + ".conv.2"), kind)
  return torch.relu(x + conv(h, w, name + ".conv.4"))


def decode_image(latent: Tensor, blocks: List[int], kind: str, scale: float, w: Dict[str, Tensor]) -> Tensor:
  x = activation(conv(torch.tanh(latent / 3.) * 3., w, "decoder.layers.0"), kind)
  i = 2
  for level in range(len(blocks)):
    for j in range(blocks[level]):
      x = block(x, kind, w, "decoder.layers.{}".format(i))
      i = i + 1
    if level < len(blocks) - 1:
      x = torch.upsample_nearest2d(x, None, [scale, scale])
      x = torch.conv2d(x, w["decoder.layers.{}.weight".format(i + 1)], None, [1, 1], [1, 1])
      i = i + 2
  return conv(x, w, "decoder.layers.{}".format(i)) * 2. - 1.


class Net(Module):
  def encode(self, image: Tensor, blocks: List[int], kind: str, w: Dict[str, Tensor]) -> Tensor:
    """[n, 3, h, w], -1 to 1; blocks of each level, and their activation -> [n, c, h / factor, w / factor]"""
    x = conv(channels_last((image + 1.) / 2.), w, "encoder.layers.0")
    i = 1
    for level in range(len(blocks)):
      if level > 0:
        x = torch.conv2d(x, w["encoder.layers.{}.weight".format(i)], None, [2, 2], [1, 1])
        i = i + 1
      for j in range(blocks[level]):
        x = block(x, kind, w, "encoder.layers.{}".format(i))
        i = i + 1
    return conv(x, w, "encoder.layers.{}".format(i)).contiguous()

  def decode(self, latents: Tensor, blocks: List[int], kind: str, scale: float, w: Dict[str, Tensor]) -> Tensor:
    """[n, c, h, w] -> [n, 3, h * factor, w * factor], about -1 to 1; each level but the last scales up"""
    images: List[Tensor] = []
    # One by one: memory does not grow with the clip.
    for latent in torch.split(latents, 1):
      images.append(decode_image(channels_last(latent), blocks, kind, scale, w))
    return torch.cat(images).contiguous()
