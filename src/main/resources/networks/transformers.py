# SPDX-License-Identifier: Apache-2.0
# The transformers of the UNets, and their encoder, made of the layers that all networks share.


def repeated(x: Tensor, images: int) -> Tensor:
  """What is the same for several clips, once for each."""
  if x.shape[0] < images:
    x = torch.cat([x] * (images // x.shape[0]))
  return x


def spatial_attentions(h: Tensor, text: Tensor, images: int, w: Dict[str, Tensor], block: str, heads: int) -> Tensor:
  """Each frame attends to itself; then all frames of a clip to its text, whose keys and values they share. Until they
  do, the frames of several texts can be the same ones."""
  own = layer_norm(h, w, block + ".norm1")
  h = repeated(h + attend_itself(own, w, block + ".attn1", heads), images)
  query = layer_norm(h, w, block + ".norm2").reshape([text.shape[0], -1, h.shape[2]])
  return h + attend(query, text, w, block + ".attn2", heads).reshape(h.shape)


def spatial_transformer(x: Tensor, text: Tensor, images: int, w: Dict[str, Tensor], name: str, heads: int, groups: int,
                        offset: Optional[Tensor]) -> Tensor:
  """Of x + offset [1, c] -> [images, c, h, w]"""
  h = project(to_tokens(group_norm(x, w, name + ".norm", groups, 1e-6, 1, offset)), w, name + ".proj_in")
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    h = spatial_attentions(h, text, images, w, block, heads)
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  x = repeated(x, images)
  return x + to_image(project(h, w, name + ".proj_out", offset), x)


def layer(x: Tensor, images: int, time: Tensor, text: Tensor, frames: int, motion: bool, heads: int, groups: int,
          eps: float, together: int, starts: List[int], shares: Tensor, motion_heads: int, motion_groups: int,
          motion_shared: bool, mask: Optional[Tensor], w: Dict[str, Tensor], block: str, i: int) -> Tensor:
  """A residual layer of a block, which normalises so many frames `together`, and the attentions after it if there are
  any."""
  name = block + ".resnets.{}".format(i)
  biased = not on_gpu(x)
  x = resnet(x, time, w, name, groups, eps, together, biased)
  # On a GPU, the last bias joins the next projection's.
  offset: Optional[Tensor] = None
  if not biased:
    offset = w[name + ".conv2.bias"][None]
  if (block + ".attentions.{}.norm.weight".format(i)) in w:
    x = spatial_transformer(x, text, images, w, block + ".attentions.{}".format(i), heads, groups, offset)
    offset = None
  if motion and (block + ".motion_modules.{}.norm.weight".format(i)) in w:
    x = motion_module(repeated(x, images), frames, starts, shares, w, block + ".motion_modules.{}".format(i),
                      motion_heads, motion_groups, motion_shared, offset, mask)
    offset = None
  if offset is not None:
    x = x + offset[:, :, None, None]
  return x


def encoder(x: Tensor, images: int, time: Tensor, text: Tensor, frames: int, motion: bool, heads: List[int],
            groups: int, eps: float, together: int, downsample_padding: int, starts: List[int], shares: Tensor,
            motion_heads: int, motion_groups: int, motion_shared: bool, mask: Optional[Tensor],
            w: Dict[str, Tensor]) -> List[Tensor]:
  """The down path and the middle block of a UNet; x may be of fewer images if they repeat -> every state that the up
  path takes in, and the last one, each [images, ...]"""
  if on_gpu(x):
    x = channels_last(x)
  if time.shape[0] > 1:
    x = repeated(x, images)
  states = [x]
  levels = len(heads)
  for level in range(levels):
    block = "down_blocks.{}".format(level)
    i = 0
    while (block + ".resnets.{}.norm1.weight".format(i)) in w:
      x = layer(x, images, time, text, frames, motion, heads[level], groups, eps, together, starts,
                shares, motion_heads, motion_groups, motion_shared, mask, w, block, i)
      states.append(x)
      i = i + 1
    if level < levels - 1:
      x = downsample(x, w, block + ".downsamplers.0.conv", downsample_padding)
      states.append(x)

  x = layer(x, images, time, text, frames, motion, heads[levels - 1], groups, eps, together, starts, shares,
            motion_heads, motion_groups, motion_shared, mask, w, "mid_block", 0)
  states.append(resnet(x, time, w, "mid_block.resnets.1", groups, eps, together))
  return [repeated(state, images) for state in states]
