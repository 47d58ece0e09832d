# SPDX-License-Identifier: Apache-2.0
# Layers that the networks share. `w` holds the checkpoint's tensors; `name` is a layer's place in it.


def linear(x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
  bias: Optional[Tensor] = None
  if (name + ".bias") in w:
    bias = w[name + ".bias"]
  return torch.linear(x, w[name + ".weight"], bias)


def conv(x: Tensor, w: Dict[str, Tensor], name: str, stride: int = 1, biased: bool = True) -> Tensor:
  """A convolution that keeps the size (divided by the stride)."""
  weight = w[name + ".weight"]
  padding = weight.shape[2] // 2
  bias: Optional[Tensor] = None
  if biased:
    bias = w[name + ".bias"]
  return torch.conv2d(x, weight, bias, [stride, stride], [padding, padding])


def split_heads(x: Tensor, heads: int) -> Tensor:
  """[n, tokens, c] -> [n, heads, tokens, c / heads]"""
  n, tokens, c = x.shape
  return x.reshape([n, tokens, heads, c // heads]).transpose(1, 2)


def attention(q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Optional[Tensor] = None) -> Tensor:
  """Attention of [n, tokens, c] queries to [n, others, c] keys and values."""
  x = torch.scaled_dot_product_attention(split_heads(q, heads), split_heads(k, heads), split_heads(v, heads), mask)
  return x.transpose(1, 2).reshape(q.shape)


def channels_last(x: Tensor) -> Tensor:
  """Convolutions are faster in this layout, and tokens [n, hw, c] are a view of it."""
  return torch.contiguous(x, memory_format=2)


def resnet(x: Tensor, time: Optional[Tensor], w: Dict[str, Tensor], name: str, groups: int, eps: float,
           frames: int = 1, biased: bool = True) -> Tensor:
  """Without the last convolution's bias if the caller adds it."""
  fused = on_gpu(x)
  h = conv(norm_silu(x, w, name + ".norm1", groups, eps, frames), w, name + ".conv1", 1, not fused)
  offset: Optional[Tensor] = None
  if time is not None:
    offset = linear(time, w, name + ".time_emb_proj")
  if fused:
    # What is added to whole channels is added to their means in the normalisation, for free.
    bias = w[name + ".conv1.bias"][None]
    if offset is not None:
      bias = bias + offset
    offset = bias
  h = conv(norm_silu(h, w, name + ".norm2", groups, eps, frames, offset), w, name + ".conv2", 1, biased)
  if (name + ".conv_shortcut.weight") in w:
    if fused:
      x = to_image(project(to_tokens(x), w, name + ".conv_shortcut"), h)
    else:
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
  if on_gpu(x) and x.dtype == 5:
    # In 16 bits, the approximation by tanh, which the product does on its way, errs no more than the rounding does.
    gates = torch._addmm_activation(gate_bias, x.reshape([-1, x.shape[2]]), gate.t(), beta=1, alpha=1, use_gelu=True)
    gates = gates.reshape([x.shape[0], x.shape[1], -1])
  else:
    gates = torch.gelu_(torch.linear(x, gate, gate_bias))
  return linear(torch.linear(x, value, value_bias).mul_(gates), w, name + ".net.2")


def queries_keys_values(x: Tensor, w: Dict[str, Tensor], name: str) -> Tuple[Tensor, Tensor, Tensor]:
  """Of a self-attention."""
  if on_gpu(x):
    weight = torch.cat([w[name + ".to_q.weight"], w[name + ".to_k.weight"], w[name + ".to_v.weight"]])
    q, k, v = torch.chunk(torch.linear(x, weight), 3, 2)
  else:
    q = linear(x, w, name + ".to_q")
    k = linear(x, w, name + ".to_k")
    v = linear(x, w, name + ".to_v")
  return (q, k, v)


def attend_itself(x: Tensor, w: Dict[str, Tensor], name: str, heads: int) -> Tensor:
  q, k, v = queries_keys_values(x, w, name)
  return linear(attention(q, k, v, heads), w, name + ".to_out.0")


def attend(x: Tensor, context: Tensor, w: Dict[str, Tensor], name: str, heads: int) -> Tensor:
  q = linear(x, w, name + ".to_q")
  k = linear(context, w, name + ".to_k")
  v = linear(context, w, name + ".to_v")
  return linear(attention(q, k, v, heads), w, name + ".to_out.0")


def project(tokens: Tensor, w: Dict[str, Tensor], name: str, offset: Optional[Tensor] = None) -> Tensor:
  """A matrix, which some checkpoints keep as a 1x1 convolution; `offset` [1, c] joins its bias."""
  weight = w[name + ".weight"]
  bias = w[name + ".bias"]
  if offset is not None:
    bias = bias + offset[0]
  return torch.linear(tokens, weight.reshape(weight.shape[:2]), bias)
