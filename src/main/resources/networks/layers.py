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


def group_norm(x: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float) -> Tensor:
  return torch.group_norm(x, groups, w[name + ".weight"], w[name + ".bias"], eps)


def split_heads(x: Tensor, heads: int) -> Tensor:
  """[n, tokens, c] -> [n, heads, tokens, c / heads]"""
  n, tokens, c = x.shape
  return x.reshape([n, tokens, heads, c // heads]).transpose(1, 2)


def attention(q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Optional[Tensor] = None) -> Tensor:
  """Attention of [n, tokens, c] queries to [n, others, c] keys and values."""
  x = torch.scaled_dot_product_attention(split_heads(q, heads), split_heads(k, heads), split_heads(v, heads), mask)
  return x.transpose(1, 2).reshape(q.shape)
