# SPDX-License-Identifier: Apache-2.0
# LaVie's base UNet (Wang et al. 2023): Stable Diffusion's, with a temporal attention in each transformer block. A batch
# is b clips of f frames, as images [b * f, c, h, w]; normalisation outside the transformers is over a whole clip.


def relative_buckets(places: Tensor) -> Tensor:
  """Places [f] -> [f, f]: the class of each key's distance from each query (T5, Raffel et al. 2020). 16 classes look
  back and 16 forward; 8 of them are a distance each, the others of growing width up to 32 frames."""
  distance = places[:, None] - places[None, :]
  behind = (distance < 0).to(4) * 16
  distance = torch.abs(distance)
  far = torch.log(torch.clamp(distance, 1).to(6) / 8.) / 1.3862943611198906 * 8.
  return behind + torch.where(distance < 8, distance, torch.clamp(8 + far.to(4), None, 15))


def relative_bias(places: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
  """[f] -> [heads, f, f]"""
  table = w[name + ".time_rel_pos_bias.relative_attention_bias.weight"]
  return torch.embedding(table, relative_buckets(places)).permute([2, 0, 1])


def rotate(x: Tensor) -> Tensor:
  """Rotary positions (Su et al. 2021) of [n, heads, f, c]: pairs of the first 32 channels turn frame by frame."""
  device = ops.prim.device(x)
  frequencies = torch.exp(torch.arange(16, dtype=6, device=device) * (-9.210340371976184 / 16.))
  angles = torch.arange(x.shape[2], dtype=6, device=device)[:, None] * frequencies
  cos = torch.cos(angles).to(x.dtype)
  sin = torch.sin(angles).to(x.dtype)
  a = x[:, :, :, 0:32:2]
  b = x[:, :, :, 1:32:2]
  turned = torch.stack([a * cos - b * sin, b * cos + a * sin], 4).flatten(3)
  return torch.cat([turned, x[:, :, :, 32:]], 3)


def temporal_attention(x: Tensor, bias: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
  """Each pixel attends to itself in the other frames: [n, f, c]"""
  heads = bias.shape[0]
  q = rotate(split_heads(linear(x, w, name + ".to_q"), heads))
  k = rotate(split_heads(linear(x, w, name + ".to_k"), heads))
  v = split_heads(linear(x, w, name + ".to_v"), heads)
  h = torch.scaled_dot_product_attention(q, k, v, bias[None])
  return linear(h.transpose(1, 2).reshape(x.shape), w, name + ".to_out.0")


def transformer(x: Tensor, text: Tensor, frames: int, w: Dict[str, Tensor], name: str, heads: int,
                groups: int) -> Tensor:
  """Of b clips of f frames; an image has no temporal attention."""
  h = project(to_tokens(group_norm(x, w, name + ".norm", groups, 1e-6)), w, name + ".proj_in")
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    h = spatial_attentions(h, text, w, block, heads)
    if frames > 1:
      bias = relative_bias(torch.arange(frames, device=ops.prim.device(x)), w, block + ".attn_temp")
      tracks = to_tracks(layer_norm(h, w, block + ".norm_temp"), frames)
      h = h + from_tracks(temporal_attention(tracks, bias, w, block + ".attn_temp"), h)
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  return x + to_image(project(h, w, name + ".proj_out"), x)


class Net(Module):
  def buckets(self, places: Tensor, w: Dict[str, Tensor]) -> Tensor:
    return relative_buckets(places)

  def bias(self, places: Tensor, name: str, w: Dict[str, Tensor]) -> Tensor:
    return relative_bias(places, w, name)

  def rotated(self, x: Tensor, w: Dict[str, Tensor]) -> Tensor:
    return rotate(x)

  def attended(self, tracks: Tensor, name: str, w: Dict[str, Tensor]) -> Tensor:
    places = torch.arange(tracks.shape[1], device=ops.prim.device(tracks))
    return temporal_attention(tracks, relative_bias(places, w, name), w, name)

  def forward(self, sample: Tensor, timestep: Tensor, text: Tensor, frames: int, temporal: bool, heads: List[int],
              groups: int, eps: float, flip_sin_to_cos: bool, freq_shift: float, downsample_padding: int,
              w: Dict[str, Tensor]) -> Tensor:
    """sample [b * f, c, h, w], timestep [1] or [b], text [b, tokens, c], heads of each level -> the noise in sample"""
    time = time_embedding(timestep, frames, flip_sin_to_cos, freq_shift, w)
    together = frames if temporal else 1
    x = conv(sample, w, "conv_in")
    states = [x]
    levels = len(heads)

    for level in range(levels):
      block = "down_blocks.{}".format(level)
      i = 0
      while (block + ".resnets.{}.norm1.weight".format(i)) in w:
        x = resnet(x, time, w, block + ".resnets.{}".format(i), groups, eps, together)
        if (block + ".attentions.{}.norm.weight".format(i)) in w:
          x = transformer(x, text, together, w, block + ".attentions.{}".format(i), heads[level], groups)
        states.append(x)
        i = i + 1
      if level < levels - 1:
        x = downsample(x, w, block + ".downsamplers.0.conv", downsample_padding)
        states.append(x)

    x = resnet(x, time, w, "mid_block.resnets.0", groups, eps, together)
    x = transformer(x, text, together, w, "mid_block.attentions.0", heads[levels - 1], groups)
    x = resnet(x, time, w, "mid_block.resnets.1", groups, eps, together)

    for up in range(levels):
      level = levels - 1 - up
      block = "up_blocks.{}".format(up)
      i = 0
      while (block + ".resnets.{}.norm1.weight".format(i)) in w:
        x = resnet(torch.cat([x, states.pop()], 1), time, w, block + ".resnets.{}".format(i), groups, eps, together)
        if (block + ".attentions.{}.norm.weight".format(i)) in w:
          x = transformer(x, text, together, w, block + ".attentions.{}".format(i), heads[level], groups)
        i = i + 1
      if level > 0:
        x = conv(torch.upsample_nearest2d(x, states[-1].shape[2:], None), w, block + ".upsamplers.0.conv")

    return conv(norm_silu(x, w, "conv_norm_out", groups, eps, together), w, "conv_out")
