# SPDX-License-Identifier: Apache-2.0
# The frames of a pixel: another kernel than the one that is chosen for so few tokens.


def few_tokens(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
  """Attention among [n, f, c]"""
  if q.is_cuda:
    x = torch._scaled_dot_product_efficient_attention(split_heads(q, heads), split_heads(k, heads),
                                                      split_heads(v, heads), None, False)[0]
  else:
    x = torch.scaled_dot_product_attention(split_heads(q, heads), split_heads(k, heads), split_heads(v, heads))
  return x.transpose(1, 2).reshape(q.shape)


def attend_tracks(x: Tensor, w: Dict[str, Tensor], name: str, heads: int) -> Tensor:
  weight = torch.cat([w[name + ".to_q.weight"], w[name + ".to_k.weight"], w[name + ".to_v.weight"]])
  q, k, v = torch.chunk(torch.linear(x, weight), 3, 2)
  return linear(few_tokens(q, k, v, heads), w, name + ".to_out.0")


def motion_module(x: Tensor, frames: int, w: Dict[str, Tensor], name: str, heads: int, groups: int,
                  shared: bool) -> Tensor:
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
      h = h + attend_tracks(own, w, block + ".attn{}".format(j), heads)
      j = j + 1
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  n, pixels, c = tokens.shape
  h = linear(h, w, name + ".proj_out").reshape([n // frames, pixels, frames, c]).transpose(1, 2)
  return to_image(to_tokens(x).reshape(h.shape) + h, x)
