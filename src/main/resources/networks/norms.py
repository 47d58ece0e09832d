# SPDX-License-Identifier: Apache-2.0
# Normalisations, and the two layouts of images that they are done in. `w` holds the checkpoint's tensors; `name` is a
# layer's place in it.


def on_gpu(x: Tensor) -> bool:
  """There, time is lost to memory traffic and to the number of kernels; on a processor, to arithmetic."""
  return x.is_cuda


def to_tokens(x: Tensor) -> Tensor:
  """[n, c, h, w] -> [n, hw, c]"""
  n, c, height, width = x.shape
  return x.permute([0, 2, 3, 1]).reshape([n, height * width, c])


def to_image(tokens: Tensor, like: Tensor) -> Tensor:
  """[n, hw, c] -> [n, c, h, w]"""
  n, c, height, width = like.shape
  return tokens.reshape([n, height, width, c]).permute([0, 3, 1, 2])


def layer_norm(x: Tensor, w: Dict[str, Tensor], name: str, eps: float = 1e-5) -> Tensor:
  weight = w[name + ".weight"]
  return torch.layer_norm(x, [weight.shape[0]], weight, w[name + ".bias"], eps)


def native_group_norm(x: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float, frames: int) -> Tensor:
  if frames == 1:
    normed = torch.group_norm(x, groups, w[name + ".weight"], w[name + ".bias"], eps)
  else:
    n, c, height, width = x.shape
    clips = x.reshape([n // frames, frames, c, height * width]).transpose(1, 2)
    normed = torch.group_norm(clips, groups, w[name + ".weight"], w[name + ".bias"], eps)
    normed = normed.transpose(1, 2).reshape(x.shape)
  return normed


def group_scale(tokens: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float,
                offset: Optional[Tensor]) -> Tuple[Tensor, Tensor]:
  """What normalises [n, pixels, c] + offset [1 or n, c]: factors and summands, [n, c]. Few kernels, and only two of
  them read the tokens; a GPU's native normalisation has no fast path for channels-last."""
  n, pixels, c = tokens.shape
  grouped = [n, groups, c // groups]
  gamma = w[name + ".weight"].reshape([1, groups, -1])
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
  scale = torch.empty(grouped, dtype=gamma.dtype, device=ops.prim.device(tokens))
  torch.mul(torch.rsqrt(eps - less_variance), gamma, out=scale)
  shift = torch.empty_like(scale)
  torch.addcmul(w[name + ".bias"].reshape(gamma.shape), away, scale, out=shift)
  return (scale.reshape([n, c]), shift.reshape([n, c]))


def clip_offset(offset: Optional[Tensor], frames: int) -> Optional[Tensor]:
  """[1 or b * f, c] -> [1 or b, c]"""
  if offset is not None and offset.shape[0] > 1:
    offset = offset[::frames]
  return offset


def group_norm(x: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float, frames: int = 1,
               offset: Optional[Tensor] = None) -> Tensor:
  """Of x + offset [1 or n, c], with statistics of each image, or of the `frames` images of a clip together."""
  if on_gpu(x):
    clips = to_tokens(x).reshape([x.shape[0] // frames, -1, x.shape[1]])
    scale, shift = group_scale(clips, w, name, groups, eps, clip_offset(offset, frames))
    normed = to_image(torch.addcmul(shift[:, None], clips, scale[:, None]), x)
  else:
    if offset is not None:
      x = x + offset[:, :, None, None]
    normed = native_group_norm(x, w, name, groups, eps, frames)
  return normed


def norm_silu(x: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float, frames: int = 1,
              offset: Optional[Tensor] = None) -> Tensor:
  return torch.silu_(group_norm(x, w, name, groups, eps, frames, offset))
