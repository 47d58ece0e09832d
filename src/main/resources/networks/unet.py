# SPDX-License-Identifier: Apache-2.0
# Stable Diffusion's UNet (Rombach et al. 2022) with AnimateDiff's motion modules (Guo et al. 2023).
# A batch is b clips of f frames, as images [b * f, c, h, w]. Which layers there are is seen from the names in `w`.


class Net(Module):
  def forward(self, sample: Tensor, same: bool, timestep: Tensor, text: Tensor, frames: int, motion: bool,
              starts: List[int], shares: List[float], heads: List[int], groups: int, eps: float, clip_norm: bool,
              flip_sin_to_cos: bool, freq_shift: float, downsample_padding: int, center_input: bool,
              motion_heads: int, motion_groups: int, motion_shared: bool, residuals: List[Tensor],
              w: Dict[str, Tensor]) -> Tensor:
    """sample [b * f, c, h, w], whether its clips are the same, timestep [1] or [b], text [b, tokens, c] or
    [b * f, tokens, c], where windows of frames start and their frames' shares, or none, heads of each level, whether
    residual layers normalise a clip's frames together, residuals [b * f, ...] to add to the states of the encoder, or
    none -> the noise in sample"""
    time = time_embedding(timestep, frames, flip_sin_to_cos, freq_shift, w)
    images = sample.shape[0]
    together = frames if clip_norm else 1
    x = sample
    if same:
      x = x[:frames]
    if center_input:
      x = 2. * x - 1.
    mask: Optional[Tensor] = None
    if motion:
      mask = apart(len(shares) if len(starts) > 0 else frames, x)
    each = shares_of_frames(shares, x)
    states = encoder(conv(x, w, "conv_in"), images, time, text, frames, motion, heads, groups, eps, together,
                     downsample_padding, starts, each, motion_heads, motion_groups, motion_shared, mask, w)
    for i in range(len(residuals)):
      states[i] = states[i] + residuals[i]
    x = states.pop()

    levels = len(heads)
    for up in range(levels):
      level = levels - 1 - up
      block = "up_blocks.{}".format(up)
      i = 0
      while (block + ".resnets.{}.norm1.weight".format(i)) in w:
        x = layer(torch.cat([x, states.pop()], 1), images, time, text, frames, motion, heads[level], groups, eps,
                  together, starts, each, motion_heads, motion_groups, motion_shared, mask, w, block, i)
        i = i + 1
      if level > 0:
        # To the size of the state that comes next, which is twice this one's, or one less if that was odd.
        x = torch.upsample_nearest2d(x, states[-1].shape[2:], None)
        x = conv(x, w, block + ".upsamplers.0.conv")

    return conv(norm_silu(x, w, "conv_norm_out", groups, eps, together), w, "conv_out")
