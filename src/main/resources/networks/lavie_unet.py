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


def turns(frames: int, like: Tensor) -> Tensor:
  """Cosines and sines of the rotary positions' angles, [f, 1, 1, 16, 2]"""
  device = ops.prim.device(like)
  frequencies = torch.exp(torch.arange(16, dtype=6, device=device) * (-9.210340371976184 / 16.))
  angles = torch.arange(frames, dtype=6, device=device)[:, None] * frequencies
  return torch.stack([torch.cos(angles), torch.sin(angles)], 2).to(like.dtype)[:, None, None]


def rotate_(x: Tensor, angles: Tensor) -> Tensor:
  """Rotary positions (Su et al. 2021) of [n, f, q and k, heads, c], in place: pairs of the first 32 channels turn frame
  by frame, as complex numbers do in a product."""
  turned = x
  if x.dtype == 15:
    # There are no complex numbers of bfloat16.
    turned = x.to(6)
    angles = angles.to(6)
  pairs = torch.view_as_complex(turned.reshape(x.shape[:4] + [x.shape[4] // 2, 2]))
  torch.mul_(pairs[:, :, :, :, :16], torch.view_as_complex(angles))
  if x.dtype == 15:
    x.copy_(turned)
  return x


def temporal_attention(x: Tensor, bias: Tensor, angles: Tensor, mask: Optional[Tensor], w: Dict[str, Tensor],
                       name: str) -> Tensor:
  """Each pixel attends to itself in the other frames: [n, f, c], bias [heads, f, f]"""
  n, f, c = x.shape
  heads = bias.shape[0]
  weight = torch.cat([w[name + ".to_q.weight"], w[name + ".to_k.weight"], w[name + ".to_v.weight"]])
  qkv = torch.linear(x, weight)
  rotate_(qkv.reshape([n, f, 3, heads, c // heads])[:, :, :2], angles)
  q, k, v = torch.chunk(qkv, 3, 2)
  if mask is not None:
    times = mask.shape[1] // f
    bias = bias.repeat([1, times, times]) + mask
  return linear(attention_in_tracks(q, k, v, heads, bias), w, name + ".to_out.0")


def windowed_attention(x: Tensor, starts: List[int], shares: Tensor, bias: Tensor, angles: Tensor,
                       mask: Optional[Tensor], w: Dict[str, Tensor], name: str) -> Tensor:
  """In all frames or, if there are windows, the mean of what they make of their frames."""
  if len(starts) == 0:
    return temporal_attention(x, bias, angles, mask, w, name)
  total, each = nothing_yet(x)
  for start in starts:
    part = x[:, start:start + shares.shape[0]]
    add_window(total, each, start, shares, temporal_attention(part, bias, angles, mask, w, name))
  return total.div_(each)


def transformer(x: Tensor, text: Tensor, images: int, frames: int, starts: List[int], shares: Tensor,
                angles: Tensor, mask: Optional[Tensor], w: Dict[str, Tensor], name: str, heads: int, groups: int,
                offset: Optional[Tensor]) -> Tensor:
  """Of b clips of f frames x + offset [1, c]; an image has no temporal attention."""
  h = project(to_tokens(group_norm(x, w, name + ".norm", groups, 1e-6, 1, offset)), w, name + ".proj_in")
  places = torch.arange(angles.shape[0], device=ops.prim.device(x))
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    h = spatial_attentions(h, text, images, w, block, heads)
    if frames > 1:
      bias = relative_bias(places, w, block + ".attn_temp")
      tracks = to_tracks(layer_norm(h, w, block + ".norm_temp"), frames)
      h = add_tracks(h, windowed_attention(tracks, starts, shares, bias, angles, mask, w, block + ".attn_temp"))
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  x = repeated(x, images)
  return x + to_image(project(h, w, name + ".proj_out", offset), x)


def lavie_layer(x: Tensor, time: Tensor, text: Tensor, images: int, frames: int, starts: List[int],
                shares: Tensor, angles: Tensor, mask: Optional[Tensor], w: Dict[str, Tensor], block: str, i: int,
                heads: int, groups: int, eps: float) -> Tensor:
  """A residual layer of a block, and the attentions after it if there are any."""
  name = block + ".resnets.{}".format(i)
  biased = not on_gpu(x)
  x = resnet(x, time, w, name, groups, eps, frames, biased)
  # On a GPU, the last bias joins the next projection's.
  offset: Optional[Tensor] = None
  if not biased:
    offset = w[name + ".conv2.bias"][None]
  if (block + ".attentions.{}.norm.weight".format(i)) in w:
    x = transformer(x, text, images, frames, starts, shares, angles, mask, w, block + ".attentions.{}".format(i), heads,
                    groups, offset)
  elif offset is not None:
    x = x + offset[:, :, None, None]
  return x


class Net(Module):
  def buckets(self, places: Tensor, w: Dict[str, Tensor]) -> Tensor:
    return relative_buckets(places)

  def bias(self, places: Tensor, name: str, w: Dict[str, Tensor]) -> Tensor:
    return relative_bias(places, w, name)

  def rotated(self, x: Tensor, w: Dict[str, Tensor]) -> Tensor:
    """[n, heads, f, c]"""
    angles = turns(x.shape[2], x)
    return rotate_(x.transpose(1, 2)[:, :, None].clone(), angles)[:, :, 0].transpose(1, 2)

  def attended(self, tracks: Tensor, name: str, w: Dict[str, Tensor]) -> Tensor:
    frames = tracks.shape[1]
    bias = relative_bias(torch.arange(frames, device=ops.prim.device(tracks)), w, name)
    return temporal_attention(tracks, bias, turns(frames, tracks), apart(frames, tracks), w, name)

  def forward(self, sample: Tensor, same: bool, timestep: Tensor, text: Tensor, frames: int, temporal: bool,
              starts: List[int], shares: List[float], heads: List[int], groups: int, eps: float,
              flip_sin_to_cos: bool, freq_shift: float, downsample_padding: int, w: Dict[str, Tensor]) -> Tensor:
    """sample [b * f, c, h, w], whether its clips are the same, timestep [1] or [b], text [b, tokens, c] or
    [b * f, tokens, c], where windows of frames start and their frames' shares, or none, heads of each level
    -> the noise in sample"""
    time = time_embedding(timestep, frames, flip_sin_to_cos, freq_shift, w)
    images = sample.shape[0]
    together = frames if temporal else 1
    each = shares_of_frames(shares, sample)
    seen = len(shares) if len(starts) > 0 else together
    angles = turns(seen, sample)
    mask = apart(seen, sample)
    x = sample
    if same:
      x = x[:frames]
    if on_gpu(x):
      x = channels_last(x)
    if time.shape[0] > 1:
      x = repeated(x, images)
    x = conv(x, w, "conv_in")
    states = [repeated(x, images)]
    levels = len(heads)

    for level in range(levels):
      block = "down_blocks.{}".format(level)
      i = 0
      while (block + ".resnets.{}.norm1.weight".format(i)) in w:
        x = lavie_layer(x, time, text, images, together, starts, each, angles, mask, w, block, i, heads[level],
                        groups, eps)
        states.append(repeated(x, images))
        i = i + 1
      if level < levels - 1:
        x = downsample(x, w, block + ".downsamplers.0.conv", downsample_padding)
        states.append(repeated(x, images))

    x = lavie_layer(x, time, text, images, together, starts, each, angles, mask, w, "mid_block", 0, heads[levels - 1],
                    groups, eps)
    x = resnet(x, time, w, "mid_block.resnets.1", groups, eps, together)

    for up in range(levels):
      level = levels - 1 - up
      block = "up_blocks.{}".format(up)
      i = 0
      while (block + ".resnets.{}.norm1.weight".format(i)) in w:
        x = lavie_layer(torch.cat([x, states.pop()], 1), time, text, images, together, starts, each, angles, mask,
                        w, block, i, heads[level], groups, eps)
        i = i + 1
      if level > 0:
        x = conv(torch.upsample_nearest2d(x, states[-1].shape[2:], None), w, block + ".upsamplers.0.conv")

    return conv(norm_silu(x, w, "conv_norm_out", groups, eps, together), w, "conv_out")
