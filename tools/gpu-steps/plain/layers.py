# SPDX-License-Identifier: Apache-2.0
# Layers that the networks share. `w` holds the checkpoint's tensors; `name` is a layer's place in it.


def linear(x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
  bias: Optional[Tensor] = None
  if (name + ".bias") in w:
    bias = w[name + ".bias"]
  return torch.linear(x, w[name + ".weight"], bias)


def conv(x: Tensor, w: Dict[str, Tensor], name: str, stride: int = 1) -> Tensor:
  """A convolution that keeps the size (divided by the stride)."""
  weight = w[name + ".weight"]
  padding = weight.shape[2] // 2
  return torch.conv2d(x, weight, w[name + ".bias"], [stride, stride], [padding, padding])


def layer_norm(x: Tensor, w: Dict[str, Tensor], name: str, eps: float = 1e-5) -> Tensor:
  weight = w[name + ".weight"]
  return torch.layer_norm(x, [weight.shape[0]], weight, w[name + ".bias"], eps)


def group_norm(x: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float, frames: int = 1) -> Tensor:
  """With statistics of each image, or of the `frames` images of a clip together."""
  if frames == 1:
    normed = torch.group_norm(x, groups, w[name + ".weight"], w[name + ".bias"], eps)
  else:
    n, c, height, width = x.shape
    clips = x.reshape([n // frames, frames, c, height * width]).transpose(1, 2)
    normed = torch.group_norm(clips, groups, w[name + ".weight"], w[name + ".bias"], eps)
    normed = normed.transpose(1, 2).reshape(x.shape)
  return normed


def split_heads(x: Tensor, heads: int) -> Tensor:
  """[n, tokens, c] -> [n, heads, tokens, c / heads]"""
  n, tokens, c = x.shape
  return x.reshape([n, tokens, heads, c // heads]).transpose(1, 2)


def attention(q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Optional[Tensor] = None) -> Tensor:
  """Attention of [n, tokens, c] queries to [n, others, c] keys and values."""
  x = torch.scaled_dot_product_attention(split_heads(q, heads), split_heads(k, heads), split_heads(v, heads), mask)
  return x.transpose(1, 2).reshape(q.shape)


def channels_last(x: Tensor) -> Tensor:
  """Convolutions are faster in this layout; but on a GPU, group normalisation has no fast path for it."""
  if not x.is_cuda:
    x = torch.contiguous(x, memory_format=2)
  return x


def norm_silu(x: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float, frames: int = 1) -> Tensor:
  return torch.silu_(group_norm(x, w, name, groups, eps, frames))


def resnet(x: Tensor, time: Optional[Tensor], w: Dict[str, Tensor], name: str, groups: int, eps: float,
           frames: int = 1) -> Tensor:
  h = conv(norm_silu(x, w, name + ".norm1", groups, eps, frames), w, name + ".conv1")
  if time is not None:
    h = h + linear(time, w, name + ".time_emb_proj")[:, :, None, None]
  h = conv(norm_silu(h, w, name + ".norm2", groups, eps, frames), w, name + ".conv2")
  if (name + ".conv_shortcut.weight") in w:
    x = conv(x, w, name + ".conv_shortcut")
  return x + h


def downsample(x: Tensor, w: Dict[str, Tensor], name: str, padding: int) -> Tensor:
  if padding == 0:
    x = torch.constant_pad_nd(x, [0, 1, 0, 1])
  return torch.conv2d(x, w[name + ".weight"], w[name + ".bias"], [2, 2], [padding, padding])


def timestep_embedding(timestep: Tensor, channels: int, flip_sin_to_cos: bool, freq_shift: float) -> Tensor:
  """[b] -> [b, channels]: sines and cosines of the timestep at frequencies from 1 to 1 / 10000."""
  half = channels // 2
  exponent = torch.arange(half, dtype=6, device=ops.prim.device(timestep)) / (float(half) - freq_shift)
  angles = timestep[:, None].to(6) * torch.exp(-9.210340371976184 * exponent)
  if flip_sin_to_cos:
    embedding = torch.cat([torch.cos(angles), torch.sin(angles)], 1)
  else:
    embedding = torch.cat([torch.sin(angles), torch.cos(angles)], 1)
  return embedding


def time_embedding(timestep: Tensor, frames: int, flip_sin_to_cos: bool, freq_shift: float,
                   w: Dict[str, Tensor]) -> Tensor:
  """[1] -> [1, c] or [b] -> [b * f, c]; the activation that every residual layer applies is applied here, once."""
  weight = w["time_embedding.linear_1.weight"]
  x = timestep_embedding(timestep, weight.shape[1], flip_sin_to_cos, freq_shift).to(weight.dtype)
  x = linear(torch.silu(linear(x, w, "time_embedding.linear_1")), w, "time_embedding.linear_2")
  if x.shape[0] > 1:
    x = torch.repeat_interleave(x, frames, 0)
  return torch.silu(x)


def feed_forward(x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
  """GEGLU (Shazeer 2020)."""
  value, gate = torch.chunk(w[name + ".net.0.proj.weight"], 2)
  value_bias, gate_bias = torch.chunk(w[name + ".net.0.proj.bias"], 2)
  # Two products rather than one that is cut in two: their results are contiguous, and gated faster.
  h = torch.linear(x, value, value_bias).mul_(torch.gelu_(torch.linear(x, gate, gate_bias)))
  return linear(h, w, name + ".net.2")


def attend(x: Tensor, context: Tensor, w: Dict[str, Tensor], name: str, heads: int) -> Tensor:
  q = linear(x, w, name + ".to_q")
  k = linear(context, w, name + ".to_k")
  v = linear(context, w, name + ".to_v")
  return linear(attention(q, k, v, heads), w, name + ".to_out.0")


def to_tokens(x: Tensor) -> Tensor:
  """[n, c, h, w] -> [n, hw, c]"""
  n, c, height, width = x.shape
  return x.permute([0, 2, 3, 1]).reshape([n, height * width, c])


def to_image(tokens: Tensor, like: Tensor) -> Tensor:
  """[n, hw, c] -> [n, c, h, w]"""
  n, c, height, width = like.shape
  return tokens.reshape([n, height, width, c]).permute([0, 3, 1, 2])


def to_tracks(tokens: Tensor, frames: int) -> Tensor:
  """[b * f, hw, c] -> [b * hw, f, c]: each pixel through the frames of its clip."""
  n, pixels, c = tokens.shape
  return tokens.reshape([n // frames, frames, pixels, c]).transpose(1, 2).reshape([-1, frames, c])


def from_tracks(tracks: Tensor, like: Tensor) -> Tensor:
  """[b * hw, f, c] -> [b * f, hw, c]"""
  pixels = like.shape[1]
  _, frames, c = tracks.shape
  return tracks.reshape([-1, pixels, frames, c]).transpose(1, 2).reshape(like.shape)


def project(tokens: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
  """A matrix, which some checkpoints keep as a 1x1 convolution."""
  c = tokens.shape[2]
  return torch.linear(tokens, w[name + ".weight"].reshape([c, c]), w[name + ".bias"])


def spatial_attentions(h: Tensor, text: Tensor, w: Dict[str, Tensor], block: str, heads: int) -> Tensor:
  """Each frame attends to itself; then all frames of a clip to its text, whose keys and values they share."""
  own = layer_norm(h, w, block + ".norm1")
  h = h + attend(own, own, w, block + ".attn1", heads)
  query = layer_norm(h, w, block + ".norm2").reshape([text.shape[0], -1, h.shape[2]])
  return h + attend(query, text, w, block + ".attn2", heads).reshape(h.shape)


def spatial_transformer(x: Tensor, text: Tensor, w: Dict[str, Tensor], name: str, heads: int, groups: int) -> Tensor:
  h = project(to_tokens(group_norm(x, w, name + ".norm", groups, 1e-6)), w, name + ".proj_in")
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    h = spatial_attentions(h, text, w, block, heads)
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  return x + to_image(project(h, w, name + ".proj_out"), x)


def positions(frames: int, x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
  """[1, f, c]: sines and cosines of the frames' numbers, which some checkpoints leave out."""
  if name in w:
    table = w[name][:, :frames]
  else:
    c = x.shape[2]
    device = ops.prim.device(x)
    frequencies = torch.exp(torch.arange(0, c, 2, dtype=6, device=device) * (-9.210340371976184 / float(c)))
    angles = torch.arange(frames, dtype=6, device=device)[:, None] * frequencies
    table = torch.stack([torch.sin(angles), torch.cos(angles)], 2).reshape([1, frames, c]).to(x.dtype)
  return table


def motion_module(x: Tensor, frames: int, w: Dict[str, Tensor], name: str, heads: int, groups: int,
                  shared: bool) -> Tensor:
  """Each pixel attends to itself in the other frames (Guo et al. 2023)."""
  together = frames if shared else 1
  tokens = to_tokens(group_norm(x, w, name + ".norm", groups, 1e-6, together))
  h = linear(to_tracks(tokens, frames), w, name + ".proj_in")
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    places = positions(frames, h, w, block + ".pos_embed.pe")
    j = 1
    while (block + ".attn{}.to_q.weight".format(j)) in w:
      own = layer_norm(h, w, block + ".norm{}".format(j)) + places
      h = h + attend(own, own, w, block + ".attn{}".format(j), heads)
      j = j + 1
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  return x + to_image(from_tracks(linear(h, w, name + ".proj_out"), tokens), x)


def encoder(x: Tensor, time: Tensor, text: Tensor, frames: int, motion: bool, heads: List[int], groups: int, eps: float,
            downsample_padding: int, motion_heads: int, motion_groups: int, motion_shared: bool,
            w: Dict[str, Tensor]) -> List[Tensor]:
  """The down path and the middle block of a UNet -> every state that the up path takes in, and the last one."""
  states = [x]
  levels = len(heads)
  for level in range(levels):
    block = "down_blocks.{}".format(level)
    i = 0
    while (block + ".resnets.{}.norm1.weight".format(i)) in w:
      x = resnet(x, time, w, block + ".resnets.{}".format(i), groups, eps)
      if (block + ".attentions.{}.norm.weight".format(i)) in w:
        x = spatial_transformer(x, text, w, block + ".attentions.{}".format(i), heads[level], groups)
      if motion:
        x = motion_module(x, frames, w, block + ".motion_modules.{}".format(i), motion_heads, motion_groups,
                          motion_shared)
      states.append(x)
      i = i + 1
    if level < levels - 1:
      x = downsample(x, w, block + ".downsamplers.0.conv", downsample_padding)
      states.append(x)

  x = resnet(x, time, w, "mid_block.resnets.0", groups, eps)
  x = spatial_transformer(x, text, w, "mid_block.attentions.0", heads[levels - 1], groups)
  if motion and "mid_block.motion_modules.0.norm.weight" in w:
    x = motion_module(x, frames, w, "mid_block.motion_modules.0", motion_heads, motion_groups, motion_shared)
  states.append(resnet(x, time, w, "mid_block.resnets.1", groups, eps))
  return states
