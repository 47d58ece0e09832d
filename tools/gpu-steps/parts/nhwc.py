# SPDX-License-Identifier: Apache-2.0
# Channels-last throughout; group normalisation from each channel's moments.


def on_gpu(x: Tensor) -> bool:
  return x.is_cuda


def plain_conv(x: Tensor, w: Dict[str, Tensor], name: str, bias: Optional[Tensor], stride: int = 1) -> Tensor:
  weight = w[name + ".weight"]
  padding = weight.shape[2] // 2
  return torch.conv2d(channels_last(x), weight, bias, [stride, stride], [padding, padding])


def conv(x: Tensor, w: Dict[str, Tensor], name: str, stride: int = 1) -> Tensor:
  return plain_conv(x, w, name, w[name + ".bias"], stride)


def channels_last(x: Tensor) -> Tensor:
  if on_gpu(x):
    x = torch.contiguous(x, memory_format=2)
  return x


def moments(tokens: Tensor) -> Tuple[Tensor, Tensor]:
  """[n, pixels, c] -> variance and mean [n, c]"""
  variance, mean = torch.var_mean(tokens, [1], correction=0)
  return (variance.to(6), mean.to(6))


def activated(x: Tensor) -> Tensor:
  return torch.silu_(x)


def group_norm_last(x: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float, frames: int,
                    offset: Optional[Tensor], activate: bool) -> Tensor:
  n, c, height, width = x.shape
  tokens = to_tokens(x)
  if frames > 1:
    tokens = tokens.reshape([n // frames, -1, c])
  variance, mean = moments(tokens)
  if offset is not None:
    mean = mean + offset
  mean = mean.reshape([tokens.shape[0], groups, -1])
  between, center = torch.var_mean(mean, [2], correction=0, keepdim=True)
  within = torch.mean(variance.reshape(mean.shape), [2], True)
  scale = torch.rsqrt(within + between + eps) * w[name + ".weight"].reshape([1, groups, -1])
  shift = torch.addcmul(w[name + ".bias"].reshape([1, groups, -1]), center, scale, value=-1)
  scale = scale.reshape([-1, 1, c])
  shift = shift.reshape([-1, 1, c])
  if offset is not None:
    shift = torch.addcmul(shift, offset[:, None], scale)
  normed = torch.addcmul(shift.to(x.dtype), tokens, scale.to(x.dtype))
  if activate:
    normed = activated(normed)
  return to_image(normed, x)


def group_norm(x: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float, frames: int = 1) -> Tensor:
  if on_gpu(x):
    normed = group_norm_last(x, w, name, groups, eps, frames, None, False)
  elif frames == 1:
    normed = torch.group_norm(x, groups, w[name + ".weight"], w[name + ".bias"], eps)
  else:
    n, c, height, width = x.shape
    clips = x.reshape([n // frames, frames, c, height * width]).transpose(1, 2)
    normed = torch.group_norm(clips, groups, w[name + ".weight"], w[name + ".bias"], eps)
    normed = normed.transpose(1, 2).reshape(x.shape)
  return normed


def norm_silu(x: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float, frames: int = 1) -> Tensor:
  if on_gpu(x):
    normed = group_norm_last(x, w, name, groups, eps, frames, None, True)
  else:
    normed = torch.silu_(group_norm(x, w, name, groups, eps, frames))
  return normed


def resnet(x: Tensor, time: Optional[Tensor], w: Dict[str, Tensor], name: str, groups: int, eps: float,
           frames: int = 1) -> Tensor:
  h = norm_silu(x, w, name + ".norm1", groups, eps, frames)
  if on_gpu(x) and time is not None and time.shape[0] == 1:
    # What is added to whole channels is added to their means.
    offset = linear(time, w, name + ".time_emb_proj") + w[name + ".conv1.bias"]
    h = plain_conv(h, w, name + ".conv1", None)
    h = group_norm_last(h, w, name + ".norm2", groups, eps, frames, offset.to(6), True)
  else:
    h = conv(h, w, name + ".conv1")
    if time is not None:
      h = h + linear(time, w, name + ".time_emb_proj")[:, :, None, None]
    h = norm_silu(h, w, name + ".norm2", groups, eps, frames)
  if (name + ".conv_shortcut.weight") in w:
    if on_gpu(x):
      shortcut = w[name + ".conv_shortcut.weight"]
      bias = w[name + ".conv_shortcut.bias"] + w[name + ".conv2.bias"]
      like = h[:, :1].expand([-1, shortcut.shape[0], -1, -1])
      x = to_image(torch.linear(to_tokens(x), shortcut.reshape(shortcut.shape[:2]), bias), like)
      return x + plain_conv(h, w, name + ".conv2", None)
    x = conv(x, w, name + ".conv_shortcut")
  return x + conv(h, w, name + ".conv2")
