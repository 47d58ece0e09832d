# SPDX-License-Identifier: Apache-2.0
# SparseCtrl (Guo et al. 2024): a copy of a video UNet's encoder that sees a few given frames instead of the noisy
# video, and says what to add to the states of the UNet's own encoder.


def condition_embedding(condition: Tensor, w: Dict[str, Tensor]) -> Tensor:
  """Frames and their mask, [f, c + 1, h, w]: as latents, or as images that are 8 times as high and wide."""
  name = "controlnet_cond_embedding"
  if (name + ".weight") in w:
    x = conv(condition, w, name)
  else:
    x = torch.silu(conv(condition, w, name + ".conv_in"))
    i = 0
    while (name + ".blocks.{}.weight".format(i)) in w:
      x = torch.silu(conv(x, w, name + ".blocks.{}".format(i), 1 + i % 2))
      i = i + 1
    x = conv(x, w, name + ".conv_out")
  return x


class Net(Module):
  def embed(self, condition: Tensor, w: Dict[str, Tensor]) -> Tensor:
    """The first layer alone: [f, c + 1, h, w] -> [f, c', h', w']"""
    return condition_embedding(condition, w)

  def forward(self, condition: Tensor, timestep: Tensor, text: Tensor, frames: int, clips: int, scale: float,
              heads: List[int], groups: int, eps: float, flip_sin_to_cos: bool, freq_shift: float,
              downsample_padding: int, motion_heads: int, motion_groups: int, w: Dict[str, Tensor]) -> List[Tensor]:
    """condition [f, c + 1, h, w], timestep [1] or [b], text [b, tokens, c] or [b * f, tokens, c], clips b, heads of
    each level -> residuals [b * f, ...] of the encoder's states, the middle block's last"""
    time = time_embedding(timestep, frames, flip_sin_to_cos, freq_shift, w)
    # The first convolution of the noisy video, which is replaced by zeros, leaves its bias.
    x = condition_embedding(condition, w) + w["conv_in.bias"][:, None, None]
    none = shares_of_frames([], x)
    states = encoder(x, clips * frames, time, text, frames, True, heads, groups, eps, 1, downsample_padding, [],
                     none, motion_heads, motion_groups, False, apart(frames, x), w)
    residuals: List[Tensor] = []
    for i in range(len(states) - 1):
      residuals.append(conv(states[i], w, "controlnet_down_blocks.{}".format(i)).mul_(scale))
    residuals.append(conv(states[-1], w, "controlnet_mid_block").mul_(scale))
    return residuals
