# SPDX-License-Identifier: Apache-2.0
# LaVie: what all temporal attentions share is made once.


def turning(frames: int, like: Tensor) -> Tensor:
  """[f, 1, 1, 16], complex"""
  device = ops.prim.device(like)
  frequencies = torch.exp(torch.arange(16, dtype=6, device=device) * (-9.210340371976184 / 16.))
  angles = torch.arange(frames, dtype=6, device=device)[:, None] * frequencies
  return torch.view_as_complex(torch.stack([torch.cos(angles), torch.sin(angles)], 2).to(like.dtype))[:, None, None]


def temporal_once(x: Tensor, heads: int, turns: Tensor, buckets: Tensor, mask: Tensor, w: Dict[str, Tensor],
                  name: str) -> Tensor:
  """Each pixel attends to itself in the other frames: [n, f, c]"""
  n, f, c = x.shape
  weight = torch.cat([w[name + ".to_q.weight"], w[name + ".to_k.weight"], w[name + ".to_v.weight"]])
  qkv = torch.linear(x, weight)
  pairs = torch.view_as_complex(qkv.reshape([n, f, 3, heads, -1, 2])[:, :, :2])
  torch.mul_(pairs[:, :, :, :, :16], turns)
  group = together(n, f)
  tokens = group * f
  table = w[name + ".time_rel_pos_bias.relative_attention_bias.weight"]
  bias = torch.embedding(table, buckets).permute([2, 0, 1]).repeat([1, group, group])
  bias = (bias + mask[:, :, :tokens, :tokens]).expand([n // group, heads, tokens, tokens])
  q, k, v = torch.chunk(qkv.reshape([n // group, tokens, 3 * c]), 3, 2)
  if q.is_cuda:
    h = torch._scaled_dot_product_efficient_attention(split_heads(q, heads), split_heads(k, heads),
                                                      split_heads(v, heads), bias, False)[0]
  else:
    h = torch.scaled_dot_product_attention(split_heads(q, heads), split_heads(k, heads), split_heads(v, heads), bias)
  return linear(h.transpose(1, 2).reshape(x.shape), w, name + ".to_out.0")


def lavie_transformer(x: Tensor, text: Tensor, images: int, frames: int, turns: Tensor, buckets: Tensor, mask: Tensor,
                w: Dict[str, Tensor], name: str, heads: int, groups: int, offset: Optional[Tensor]) -> Tensor:
  h = project(to_tokens(group_norm_last(x, w, name + ".norm", groups, 1e-6, 1, row(offset), False)), w,
              name + ".proj_in")
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    own = layer_norm(h, w, block + ".norm1")
    h = repeated(h + attend(own, own, w, block + ".attn1", heads), images)
    query = layer_norm(h, w, block + ".norm2").reshape([text.shape[0], -1, h.shape[2]])
    h = h + attend(query, text, w, block + ".attn2", heads).reshape(h.shape)
    if frames > 1:
      tracks = to_tracks(layer_norm(h, w, block + ".norm_temp"), frames)
      tracks = temporal_once(tracks, heads, turns, buckets, mask, w, block + ".attn_temp")
      clips = [h.shape[0] // frames, frames, h.shape[1], h.shape[2]]
      h = (h.reshape(clips) + tracks.reshape([clips[0], clips[2], frames, clips[3]]).transpose(1, 2)).reshape(h.shape)
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  x = repeated(x, images)
  return x + to_image(out_projection(h, w, name + ".proj_out", offset), x)


def lavie_resnet_but_bias(x: Tensor, time: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float,
                          frames: int) -> Tensor:
  h = norm_silu(x, w, name + ".norm1", groups, eps, frames)
  offset = linear(time, w, name + ".time_emb_proj") + w[name + ".conv1.bias"]
  h = plain_conv(h, w, name + ".conv1", None)
  h = group_norm_last(h, w, name + ".norm2", groups, eps, frames, offset, True)
  h = plain_conv(h, w, name + ".conv2", None)
  if (name + ".conv_shortcut.weight") in w:
    shortcut = w[name + ".conv_shortcut.weight"]
    tokens = torch.linear(to_tokens(x), shortcut.reshape(shortcut.shape[:2]), w[name + ".conv_shortcut.bias"])
    h = h + to_image(tokens, h)
  else:
    h = x + h
  return h


def lavie_layer(x: Tensor, time: Tensor, text: Tensor, images: int, frames: int, turns: Tensor, buckets: Tensor,
                mask: Tensor, w: Dict[str, Tensor], block: str, i: int, heads: int, groups: int, eps: float) -> Tensor:
  x = lavie_resnet_but_bias(x, time, w, block + ".resnets.{}".format(i), groups, eps, frames)
  offset = w[block + ".resnets.{}.conv2.bias".format(i)]
  if (block + ".attentions.{}.norm.weight".format(i)) in w:
    x = lavie_transformer(x, text, images, frames, turns, buckets, mask, w, block + ".attentions.{}".format(i), heads,
                          groups, offset)
  else:
    x = x + offset[:, None, None]
  return x


class Net(Module):
  def forward(self, sample: Tensor, timestep: Tensor, text: Tensor, frames: int, temporal: bool, heads: List[int],
              groups: int, eps: float, flip_sin_to_cos: bool, freq_shift: float, downsample_padding: int,
              w: Dict[str, Tensor]) -> Tensor:
    """sample [b * f, c, h, w], timestep [1] or [b], text [b, tokens, c], heads of each level -> the noise in sample"""
    time = time_embedding(timestep, frames, flip_sin_to_cos, freq_shift, w)
    images = text.shape[0] * frames
    f = frames if temporal else 1
    mask = apart(together(64, f), f, sample)
    turns = turning(f, sample)
    buckets = relative_buckets(torch.arange(f, device=ops.prim.device(sample)))
    x = conv(sample, w, "conv_in")
    states = [repeated(x, images)]
    levels = len(heads)

    for level in range(levels):
      block = "down_blocks.{}".format(level)
      i = 0
      while (block + ".resnets.{}.norm1.weight".format(i)) in w:
        x = lavie_layer(x, time, text, images, f, turns, buckets, mask, w, block, i, heads[level], groups, eps)
        states.append(x)
        i = i + 1
      if level < levels - 1:
        x = downsample(x, w, block + ".downsamplers.0.conv", downsample_padding)
        states.append(x)

    x = lavie_layer(x, time, text, images, f, turns, buckets, mask, w, "mid_block", 0, heads[levels - 1], groups, eps)
    x = resnet(x, time, w, "mid_block.resnets.1", groups, eps, f)

    for up in range(levels):
      level = levels - 1 - up
      block = "up_blocks.{}".format(up)
      i = 0
      while (block + ".resnets.{}.norm1.weight".format(i)) in w:
        x = lavie_layer(torch.cat([x, states.pop()], 1), time, text, images, f, turns, buckets, mask, w, block, i,
                        heads[level], groups, eps)
        i = i + 1
      if level > 0:
        x = conv(torch.upsample_nearest2d(x, states[-1].shape[2:], None), w, block + ".upsamplers.0.conv")

    return conv(norm_silu(x, w, "conv_norm_out", groups, eps, f), w, "conv_out")
