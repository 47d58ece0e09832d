# SPDX-License-Identifier: Apache-2.0
# Few kernels: group normalisation in eleven, the mask of the tracks made once.


def group_scale(tokens: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float,
                offset: Optional[Tensor]) -> Tuple[Tensor, Tensor]:
  """What normalises [n, pixels, c] + offset [1 or n, c]: a factor and a summand, [n, 1, c]"""
  n, pixels, c = tokens.shape
  grouped = [n, groups, c // groups]
  gamma = w[name + ".weight"].reshape([1, groups, -1])
  beta = w[name + ".bias"].reshape([1, groups, -1])
  mean = torch.mean(tokens, [1], dtype=6)
  length = torch.linalg_vector_norm(tokens, 2., [1], dtype=6)
  if offset is None:
    center = torch.mean(mean.reshape(grouped), [2], True)
    length = torch.linalg_vector_norm(length.reshape(grouped), 2., [2], True)
    less_variance = torch.addcmul(center * center, length, length, value=-1. / float(pixels * (c // groups)))
    away = -center
  else:
    moved = mean + offset
    square = torch.addcmul((mean + moved) * offset, length, length, value=1. / float(pixels))
    center = torch.mean(moved.reshape(grouped), [2], True)
    less_variance = center * center - torch.mean(square.reshape(grouped), [2], True)
    away = offset.reshape([-1, groups, c // groups]) - center
  factor = torch.rsqrt(eps - less_variance)
  scale = torch.empty(grouped, dtype=gamma.dtype, device=ops.prim.device(tokens))
  torch.mul(factor, gamma, out=scale)
  shift = torch.empty_like(scale)
  torch.addcmul(beta, away, scale, out=shift)
  return (scale.reshape([n, 1, c]), shift.reshape([n, 1, c]))


def group_norm_last(x: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float, frames: int,
                    offset: Optional[Tensor], activate: bool) -> Tensor:
  n, c, height, width = x.shape
  tokens = to_tokens(x)
  if frames > 1:
    tokens = tokens.reshape([n // frames, -1, c])
  scale, shift = group_scale(tokens, w, name, groups, eps, offset)
  normed = torch.addcmul(shift, tokens, scale)
  if activate:
    normed = activated(normed)
  return to_image(normed, x)


def repeated(x: Tensor, images: int) -> Tensor:
  """What is the same for all texts, once for each."""
  n = x.shape[0]
  if n < images:
    x = torch.cat([x] * (images // n))
  return x


def few_tokens_masked(q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Tensor) -> Tensor:
  """Attention among [n, f, c]"""
  n, f, c = q.shape
  group = together(n, f)
  tokens = group * f
  bias = mask[:, :, :tokens, :tokens].expand([n // group, heads, -1, -1])
  q = split_heads(q.reshape([n // group, tokens, c]), heads)
  k = split_heads(k.reshape([n // group, tokens, c]), heads)
  v = split_heads(v.reshape([n // group, tokens, c]), heads)
  if q.is_cuda:
    x = torch._scaled_dot_product_efficient_attention(q, k, v, bias, False)[0]
  else:
    x = torch.scaled_dot_product_attention(q, k, v, bias)
  return x.transpose(1, 2).reshape([n, f, c])


def attend_tracks_masked(x: Tensor, w: Dict[str, Tensor], name: str, heads: int, mask: Tensor) -> Tensor:
  weight = torch.cat([w[name + ".to_q.weight"], w[name + ".to_k.weight"], w[name + ".to_v.weight"]])
  q, k, v = torch.chunk(torch.linear(x, weight), 3, 2)
  return linear(few_tokens_masked(q, k, v, heads, mask), w, name + ".to_out.0")


def resnet_but_bias(x: Tensor, time: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float) -> Tensor:
  h = norm_silu(x, w, name + ".norm1", groups, eps)
  offset = linear(time, w, name + ".time_emb_proj") + w[name + ".conv1.bias"]
  h = plain_conv(h, w, name + ".conv1", None)
  h = group_norm_last(h, w, name + ".norm2", groups, eps, 1, offset, True)
  h = plain_conv(h, w, name + ".conv2", None)
  if (name + ".conv_shortcut.weight") in w:
    shortcut = w[name + ".conv_shortcut.weight"]
    tokens = torch.linear(to_tokens(x), shortcut.reshape(shortcut.shape[:2]), w[name + ".conv_shortcut.bias"])
    h = h + to_image(tokens, h)
  else:
    h = x + h
  return h


def out_projection(h: Tensor, w: Dict[str, Tensor], name: str, offset: Optional[Tensor]) -> Tensor:
  c = h.shape[2]
  bias = w[name + ".bias"]
  if offset is not None:
    bias = bias + offset
  return torch.linear(h, w[name + ".weight"].reshape([c, c]), bias)


def row(offset: Optional[Tensor]) -> Optional[Tensor]:
  if offset is not None:
    offset = offset[None]
  return offset


def spatial_after(x: Tensor, text: Tensor, images: int, w: Dict[str, Tensor], name: str, heads: int, groups: int,
                  offset: Optional[Tensor]) -> Tensor:
  h = project(to_tokens(group_norm_last(x, w, name + ".norm", groups, 1e-6, 1, row(offset), False)), w,
              name + ".proj_in")
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    own = layer_norm(h, w, block + ".norm1")
    h = repeated(h + attend(own, own, w, block + ".attn1", heads), images)
    query = layer_norm(h, w, block + ".norm2").reshape([text.shape[0], -1, h.shape[2]])
    h = h + attend(query, text, w, block + ".attn2", heads).reshape(h.shape)
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  x = repeated(x, images)
  return x + to_image(out_projection(h, w, name + ".proj_out", offset), x)


def into_tracks(x: Tensor, frames: int, w: Dict[str, Tensor], name: str, groups: int, shared: bool,
                offset: Optional[Tensor]) -> Tensor:
  """Normalised, [b * f, c, h, w] -> [b * hw, f, c]"""
  n, c, height, width = x.shape
  tokens = to_tokens(x)
  if shared:
    tokens = tokens.reshape([n // frames, -1, c])
  scale, shift = group_scale(tokens, w, name, groups, 1e-6, row(offset))
  tracks = torch.empty([n // frames, height * width, frames, c], dtype=x.dtype, device=ops.prim.device(x))
  each = [n // frames, -1, 1, c]
  torch.addcmul(shift.reshape(each), tokens.reshape([n // frames, frames, -1, c]), scale.reshape(each),
                out=tracks.transpose(1, 2))
  return tracks.reshape([-1, frames, c])


def motion_after(x: Tensor, frames: int, w: Dict[str, Tensor], name: str, heads: int, groups: int,
                 shared: bool, offset: Optional[Tensor], mask: Tensor) -> Tensor:
  n = x.shape[0]
  c = x.shape[1]
  h = linear(into_tracks(x, frames, w, name + ".norm", groups, shared, offset), w, name + ".proj_in")
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    places = positions(frames, h, w, block + ".pos_embed.pe")
    j = 1
    while (block + ".attn{}.to_q.weight".format(j)) in w:
      own = layer_norm(h, w, block + ".norm{}".format(j)) + places
      h = h + attend_tracks_masked(own, w, block + ".attn{}".format(j), heads, mask)
      j = j + 1
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  h = out_projection(h, w, name + ".proj_out", offset).reshape([n // frames, -1, frames, c]).transpose(1, 2)
  return to_image(to_tokens(x).reshape(h.shape) + h, x)


def layer(x: Tensor, time: Tensor, text: Tensor, frames: int, motion: bool, heads: int, groups: int, eps: float,
          motion_heads: int, motion_groups: int, motion_shared: bool, mask: Tensor, w: Dict[str, Tensor], block: str,
          i: int) -> Tensor:
  x = resnet_but_bias(x, time, w, block + ".resnets.{}".format(i), groups, eps)
  offset: Optional[Tensor] = w[block + ".resnets.{}.conv2.bias".format(i)]
  if (block + ".attentions.{}.norm.weight".format(i)) in w:
    x = spatial_after(x, text, text.shape[0] * frames, w, block + ".attentions.{}".format(i), heads, groups, offset)
    offset = None
  if motion and (block + ".motion_modules.{}.norm.weight".format(i)) in w:
    x = motion_after(x, frames, w, block + ".motion_modules.{}".format(i), motion_heads, motion_groups, motion_shared,
                     offset, mask)
    offset = None
  if offset is not None:
    x = x + offset[:, None, None]
  return x


def encoder(x: Tensor, time: Tensor, text: Tensor, frames: int, motion: bool, heads: List[int], groups: int, eps: float,
            downsample_padding: int, motion_heads: int, motion_groups: int, motion_shared: bool, mask: Tensor,
            w: Dict[str, Tensor]) -> List[Tensor]:
  states = [repeated(x, text.shape[0] * frames)]
  levels = len(heads)
  for level in range(levels):
    block = "down_blocks.{}".format(level)
    i = 0
    while (block + ".resnets.{}.norm1.weight".format(i)) in w:
      x = layer(x, time, text, frames, motion, heads[level], groups, eps, motion_heads, motion_groups, motion_shared,
                mask, w, block, i)
      states.append(x)
      i = i + 1
    if level < levels - 1:
      x = downsample(x, w, block + ".downsamplers.0.conv", downsample_padding)
      states.append(x)
  x = layer(x, time, text, frames, motion, heads[levels - 1], groups, eps, motion_heads, motion_groups, motion_shared,
            mask, w, "mid_block", 0)
  states.append(resnet(x, time, w, "mid_block.resnets.1", groups, eps))
  return states


class Net(Module):
  def forward(self, sample: Tensor, timestep: Tensor, text: Tensor, frames: int, motion: bool, heads: List[int],
              groups: int, eps: float, flip_sin_to_cos: bool, freq_shift: float, downsample_padding: int,
              center_input: bool, motion_heads: int, motion_groups: int, motion_shared: bool,
              residuals: List[Tensor], w: Dict[str, Tensor]) -> Tensor:
    time = time_embedding(timestep, frames, flip_sin_to_cos, freq_shift, w)
    x = sample
    if center_input:
      x = 2. * x - 1.
    mask = apart(together(64, frames), frames, x)
    states = encoder(conv(x, w, "conv_in"), time, text, frames, motion, heads, groups, eps,
                     downsample_padding, motion_heads, motion_groups, motion_shared, mask, w)
    for i in range(len(residuals)):
      states[i] = states[i] + residuals[i]
    x = states.pop()

    levels = len(heads)
    for up in range(levels):
      level = levels - 1 - up
      block = "up_blocks.{}".format(up)
      i = 0
      while (block + ".resnets.{}.norm1.weight".format(i)) in w:
        x = layer(torch.cat([x, states.pop()], 1), time, text, frames, motion, heads[level], groups, eps, motion_heads,
                  motion_groups, motion_shared, mask, w, block, i)
        i = i + 1
      if level > 0:
        x = torch.upsample_nearest2d(x, states[-1].shape[2:], None)
        x = conv(x, w, block + ".upsamplers.0.conv")

    return conv(norm_silu(x, w, "conv_norm_out", groups, eps), w, "conv_out")
