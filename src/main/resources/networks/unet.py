# SPDX-License-Identifier: Apache-2.0
# Stable Diffusion's UNet (Rombach et al. 2022) with AnimateDiff's motion modules (Guo et al. 2023).
# A batch is b clips of f frames, as images [b * f, c, h, w]. Which layers there are is seen from the names in `w`.


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


def resnet(x: Tensor, time: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float) -> Tensor:
  h = conv(torch.silu_(group_norm(x, w, name + ".norm1", groups, eps)), w, name + ".conv1")
  h = h + linear(time, w, name + ".time_emb_proj")[:, :, None, None]
  h = conv(torch.silu_(group_norm(h, w, name + ".norm2", groups, eps)), w, name + ".conv2")
  if (name + ".conv_shortcut.weight") in w:
    x = conv(x, w, name + ".conv_shortcut")
  return x + h


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


def spatial_transformer(x: Tensor, text: Tensor, w: Dict[str, Tensor], name: str, heads: int, groups: int) -> Tensor:
  """Each frame attends to itself; then all frames of a clip to its text, whose keys and values they share."""
  c = x.shape[1]
  b = text.shape[0]
  h = to_tokens(group_norm(x, w, name + ".norm", groups, 1e-6))
  h = torch.linear(h, w[name + ".proj_in.weight"].reshape([c, c]), w[name + ".proj_in.bias"])
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    own = layer_norm(h, w, block + ".norm1")
    h = h + attend(own, own, w, block + ".attn1", heads)
    query = layer_norm(h, w, block + ".norm2").reshape([b, -1, c])
    h = h + attend(query, text, w, block + ".attn2", heads).reshape(h.shape)
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  h = torch.linear(h, w[name + ".proj_out.weight"].reshape([c, c]), w[name + ".proj_out.bias"])
  return x + to_image(h, x)


def motion_norm(x: Tensor, frames: int, w: Dict[str, Tensor], name: str, groups: int, shared: bool) -> Tensor:
  """Group normalisation with statistics of each frame, or shared by the frames of a clip."""
  n, c, height, width = x.shape
  if shared:
    clips = x.reshape([n // frames, frames, c, height * width]).transpose(1, 2)
    normed = group_norm(clips, w, name, groups, 1e-6).transpose(1, 2).reshape(x.shape)
  else:
    normed = group_norm(x, w, name, groups, 1e-6)
  return normed


def motion_module(x: Tensor, frames: int, w: Dict[str, Tensor], name: str, heads: int, groups: int,
                  shared: bool) -> Tensor:
  """Each pixel attends to itself in the other frames."""
  n, c, height, width = x.shape
  h = to_tokens(motion_norm(x, frames, w, name + ".norm", groups, shared))
  h = h.reshape([n // frames, frames, height * width, c]).transpose(1, 2)
  h = linear(h.reshape([-1, frames, c]), w, name + ".proj_in")
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    positions = w[block + ".pos_embed.pe"][:, :frames]
    j = 1
    while (block + ".attn{}.to_q.weight".format(j)) in w:
      own = layer_norm(h, w, block + ".norm{}".format(j)) + positions
      h = h + attend(own, own, w, block + ".attn{}".format(j), heads)
      j = j + 1
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  h = linear(h, w, name + ".proj_out").reshape([n // frames, height * width, frames, c]).transpose(1, 2)
  return x + to_image(h, x)


def downsample(x: Tensor, w: Dict[str, Tensor], name: str, padding: int) -> Tensor:
  if padding == 0:
    x = torch.constant_pad_nd(x, [0, 1, 0, 1])
  return torch.conv2d(x, w[name + ".weight"], w[name + ".bias"], [2, 2], [padding, padding])


class Net(Module):
  def forward(self, sample: Tensor, timestep: Tensor, text: Tensor, frames: int, motion: bool, heads: List[int],
              groups: int, eps: float, flip_sin_to_cos: bool, freq_shift: float, downsample_padding: int,
              center_input: bool, motion_heads: int, motion_groups: int, motion_shared: bool,
              w: Dict[str, Tensor]) -> Tensor:
    """sample [b * f, c, h, w], timestep [1] or [b], text [b, tokens, c]; heads of each level -> the noise in sample"""
    time = time_embedding(timestep, frames, flip_sin_to_cos, freq_shift, w)
    x = sample
    if center_input:
      x = 2. * x - 1.
    x = conv(x, w, "conv_in")
    skips = [x]
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
        skips.append(x)
        i = i + 1
      if level < levels - 1:
        x = downsample(x, w, block + ".downsamplers.0.conv", downsample_padding)
        skips.append(x)

    x = resnet(x, time, w, "mid_block.resnets.0", groups, eps)
    x = spatial_transformer(x, text, w, "mid_block.attentions.0", heads[levels - 1], groups)
    if motion and "mid_block.motion_modules.0.norm.weight" in w:
      x = motion_module(x, frames, w, "mid_block.motion_modules.0", motion_heads, motion_groups, motion_shared)
    x = resnet(x, time, w, "mid_block.resnets.1", groups, eps)

    for up in range(levels):
      level = levels - 1 - up
      block = "up_blocks.{}".format(up)
      i = 0
      while (block + ".resnets.{}.norm1.weight".format(i)) in w:
        x = resnet(torch.cat([x, skips.pop()], 1), time, w, block + ".resnets.{}".format(i), groups, eps)
        if (block + ".attentions.{}.norm.weight".format(i)) in w:
          x = spatial_transformer(x, text, w, block + ".attentions.{}".format(i), heads[level], groups)
        if motion:
          x = motion_module(x, frames, w, block + ".motion_modules.{}".format(i), motion_heads, motion_groups,
                            motion_shared)
        i = i + 1
      if level > 0:
        # To the size of the state that comes next, which is twice this one's, or one less if that was odd.
        x = torch.upsample_nearest2d(x, skips[-1].shape[2:], None)
        x = conv(x, w, block + ".upsamplers.0.conv")

    return conv(torch.silu_(group_norm(x, w, "conv_norm_out", groups, eps)), w, "conv_out")
