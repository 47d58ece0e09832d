# SPDX-License-Identifier: Apache-2.0
# LaVie: rotary positions as complex products in place, on queries and keys at once.


def turns(frames: int, channels: int, like: Tensor) -> Tensor:
  """[f, channels / 2], complex: the first 32 channels' angles; the others do not turn."""
  device = ops.prim.device(like)
  frequencies = torch.exp(torch.arange(16, dtype=6, device=device) * (-9.210340371976184 / 16.))
  angles = torch.arange(frames, dtype=6, device=device)[:, None] * frequencies
  still = torch.zeros([frames, channels // 2 - 16], dtype=6, device=device)
  angles = torch.cat([angles, still], 1)
  return torch.view_as_complex(torch.stack([torch.cos(angles), torch.sin(angles)], 2).to(like.dtype))


def temporal_attention(x: Tensor, bias: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
  """Each pixel attends to itself in the other frames: [n, f, c]"""
  heads = bias.shape[0]
  n, f, c = x.shape
  d = c // heads
  weight = torch.cat([w[name + ".to_q.weight"], w[name + ".to_k.weight"], w[name + ".to_v.weight"]])
  qkv = torch.linear(x, weight)
  turned = torch.view_as_complex(qkv.reshape([n, f, 3, heads, d // 2, 2])[:, :, :2])
  torch.mul_(turned, turns(f, d, x)[:, None, None])
  group = together(n, f)
  tokens = group * f
  mask = apart(group, f, x)
  mask = (mask + bias.repeat([1, group, group])).expand([n // group, heads, tokens, tokens])
  q, k, v = torch.chunk(qkv.reshape([n // group, tokens, 3 * c]), 3, 2)
  if q.is_cuda:
    h = torch._scaled_dot_product_efficient_attention(split_heads(q, heads), split_heads(k, heads),
                                                      split_heads(v, heads), mask, False)[0]
  else:
    h = torch.scaled_dot_product_attention(split_heads(q, heads), split_heads(k, heads), split_heads(v, heads), mask)
  return linear(h.transpose(1, 2).reshape(x.shape), w, name + ".to_out.0")
