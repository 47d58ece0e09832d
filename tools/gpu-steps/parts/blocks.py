# SPDX-License-Identifier: Apache-2.0
# The frames of a pixel: several pixels fill one tile of the kernel, and a mask keeps them apart.


def together(tracks: int, frames: int) -> int:
  group = 1
  while group * frames * 2 <= 64 and tracks % (group * 2) == 0:
    group = group * 2
  return group


def apart(group: int, frames: int, like: Tensor) -> Tensor:
  """[1, 1, tokens, tokens]: 0 among the frames of a pixel, else minus infinity."""
  owner = torch.arange(group * frames, device=ops.prim.device(like)) // frames
  other = owner[:, None] != owner[None, :]
  mask = torch.zeros(other.shape, dtype=like.dtype, device=ops.prim.device(like))
  return torch.masked_fill(mask, other, -1e4)[None, None]


def few_tokens(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
  """Attention among [n, f, c]"""
  n, f, c = q.shape
  group = together(n, f)
  mask = apart(group, f, q).expand([n // group, heads, -1, -1])
  q = split_heads(q.reshape([n // group, group * f, c]), heads)
  k = split_heads(k.reshape([n // group, group * f, c]), heads)
  v = split_heads(v.reshape([n // group, group * f, c]), heads)
  if q.is_cuda:
    x = torch._scaled_dot_product_efficient_attention(q, k, v, mask, False)[0]
  else:
    x = torch.scaled_dot_product_attention(q, k, v, mask)
  return x.transpose(1, 2).reshape([n, f, c])
