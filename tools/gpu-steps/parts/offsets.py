# SPDX-License-Identifier: Apache-2.0
# The bias of a residual layer's last convolution joins the next projection's.


def resnet_but_bias(x: Tensor, time: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float) -> Tensor:
  h = norm_silu(x, w, name + ".norm1", groups, eps)
  offset = linear(time, w, name + ".time_emb_proj") + w[name + ".conv1.bias"]
  h = plain_conv(h, w, name + ".conv1", None)
  h = group_norm_last(h, w, name + ".norm2", groups, eps, 1, offset.to(6), True)
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


def offset_norm(x: Tensor, w: Dict[str, Tensor], name: str, groups: int, frames: int,
                offset: Optional[Tensor]) -> Tensor:
  if offset is not None:
    offset = offset[None].to(6)
  return to_tokens(group_norm_last(x, w, name + ".norm", groups, 1e-6, frames, offset, False))


def spatial_after(x: Tensor, text: Tensor, w: Dict[str, Tensor], name: str, heads: int, groups: int,
                  offset: Optional[Tensor]) -> Tensor:
  h = project(offset_norm(x, w, name, groups, 1, offset), w, name + ".proj_in")
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    h = spatial_attentions(h, text, w, block, heads)
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  return x + to_image(out_projection(h, w, name + ".proj_out", offset), x)


def motion_after(x: Tensor, frames: int, w: Dict[str, Tensor], name: str, heads: int, groups: int,
                 shared: bool, offset: Optional[Tensor]) -> Tensor:
  tokens = offset_norm(x, w, name, groups, frames if shared else 1, offset)
  n = x.shape[0]
  c = x.shape[1]
  tokens = tokens.reshape([n, -1, c])
  h = linear(to_tracks(tokens, frames), w, name + ".proj_in")
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    places = positions(frames, h, w, block + ".pos_embed.pe")
    j = 1
    while (block + ".attn{}.to_q.weight".format(j)) in w:
      own = layer_norm(h, w, block + ".norm{}".format(j)) + places
      h = h + attend_tracks(own, w, block + ".attn{}".format(j), heads)
      j = j + 1
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  h = out_projection(h, w, name + ".proj_out", offset).reshape([n // frames, -1, frames, c]).transpose(1, 2)
  return to_image(to_tokens(x).reshape(h.shape) + h, x)


def layer(x: Tensor, time: Tensor, text: Tensor, frames: int, motion: bool, heads: int, groups: int, eps: float,
          motion_heads: int, motion_groups: int, motion_shared: bool, w: Dict[str, Tensor], block: str,
          i: int) -> Tensor:
  x = resnet_but_bias(x, time, w, block + ".resnets.{}".format(i), groups, eps)
  offset: Optional[Tensor] = w[block + ".resnets.{}.conv2.bias".format(i)]
  if (block + ".attentions.{}.norm.weight".format(i)) in w:
    x = spatial_after(x, text, w, block + ".attentions.{}".format(i), heads, groups, offset)
    offset = None
  if motion and (block + ".motion_modules.{}.norm.weight".format(i)) in w:
    x = motion_after(x, frames, w, block + ".motion_modules.{}".format(i), motion_heads, motion_groups, motion_shared,
                     offset)
    offset = None
  if offset is not None:
    x = x + offset[:, None, None]
  return x


def encoder(x: Tensor, time: Tensor, text: Tensor, frames: int, motion: bool, heads: List[int], groups: int, eps: float,
            downsample_padding: int, motion_heads: int, motion_groups: int, motion_shared: bool,
            w: Dict[str, Tensor]) -> List[Tensor]:
  states = [x]
  levels = len(heads)
  for level in range(levels):
    block = "down_blocks.{}".format(level)
    i = 0
    while (block + ".resnets.{}.norm1.weight".format(i)) in w:
      x = layer(x, time, text, frames, motion, heads[level], groups, eps, motion_heads, motion_groups, motion_shared, w,
                block, i)
      states.append(x)
      i = i + 1
    if level < levels - 1:
      x = downsample(x, w, block + ".downsamplers.0.conv", downsample_padding)
      states.append(x)
  x = layer(x, time, text, frames, motion, heads[levels - 1], groups, eps, motion_heads, motion_groups, motion_shared,
            w, "mid_block", 0)
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
    states = encoder(conv(x, w, "conv_in"), time, text, frames, motion, heads, groups, eps,
                     downsample_padding, motion_heads, motion_groups, motion_shared, w)
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
                  motion_groups, motion_shared, w, block, i)
        i = i + 1
      if level > 0:
        x = torch.upsample_nearest2d(x, states[-1].shape[2:], None)
        x = conv(x, w, block + ".upsamplers.0.conv")

    return conv(norm_silu(x, w, "conv_norm_out", groups, eps), w, "conv_out")
