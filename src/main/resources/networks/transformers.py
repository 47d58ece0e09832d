# SPDX-License-Identifier: Apache-2.0
# The transformers and motion modules of the UNets, made of the layers that all networks share.


def tracks_at_once(frames: int) -> int:
  """How many pixels' frames fill a tile of the GPU's attention, which is 64 tokens wide; a power of 2."""
  group = 1
  while group * frames * 2 <= 64:
    group = group * 2
  return group


def apart(frames: int, like: Tensor) -> Optional[Tensor]:
  """What keeps pixels apart that go through the attention at once, [1, tokens, tokens]: 0 among the frames of a pixel,
  else next to minus infinity. None on a processor, where each pixel goes alone."""
  mask: Optional[Tensor] = None
  if on_gpu(like):
    pixel = torch.arange(tracks_at_once(frames) * frames, device=ops.prim.device(like)) // frames
    mask = (pixel[:, None] != pixel).to(like.dtype)[None] * -60000.
  return mask


def attention_in_tracks(q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Optional[Tensor]) -> Tensor:
  """Attention of each pixel's few frames to each other, [n, f, c]; `mask` [1 or heads, tokens, tokens] for several at
  once, see above, or for the frames."""
  n, f, c = q.shape
  if mask is not None:
    tokens = mask.shape[1]
    if n * f % tokens != 0:
      tokens = f
    mask = mask[None, :, :tokens, :tokens].expand([n * f // tokens, heads, tokens, tokens])
    q = q.reshape([-1, tokens, c])
    k = k.reshape([-1, tokens, c])
    v = v.reshape([-1, tokens, c])
  if mask is not None and q.is_cuda and c // heads % 8 == 0:
    # The kernel that is best for so few tokens, and not always the first choice.
    x = torch._scaled_dot_product_efficient_attention(split_heads(q, heads), split_heads(k, heads),
                                                      split_heads(v, heads), mask, False)[0]
    x = x.transpose(1, 2)
  else:
    x = attention(q, k, v, heads, mask)
  return x.reshape([n, f, c])


def to_tracks(tokens: Tensor, frames: int) -> Tensor:
  """[b * f, hw, c] -> [b * hw, f, c]: each pixel through the frames of its clip."""
  n, pixels, c = tokens.shape
  return tokens.reshape([n // frames, frames, pixels, c]).transpose(1, 2).reshape([-1, frames, c])


def add_tracks(tokens: Tensor, tracks: Tensor) -> Tensor:
  """[b * f, hw, c] + [b * hw, f, c] -> [b * f, hw, c]"""
  n, pixels, c = tokens.shape
  frames = tracks.shape[1]
  tracks = tracks.reshape([-1, pixels, frames, c]).transpose(1, 2)
  return (tokens.reshape(tracks.shape) + tracks).reshape(tokens.shape)


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


def positions(frames: int, x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
  """[1, f, c]: sines and cosines of the frames' numbers, which some checkpoints leave out."""
  if name in w:
    table = w[name][:, :frames]
  else:
    c = x.shape[2]
    device = ops.prim.device(x)
    frequencies = torch.exp(torch.arange(0, c, 2, dtype=6, device=device) * (-9.210340371976184 / float(c)))
    angles = torch.arange(frames, dtype=6, device=device)[:, None] * frequencies
    table = torch.stack([torch.sin(angles), torch.cos(angles)], 2).reshape([1, frames, c]).to(x.dtype)
  return table


def normed_tracks(x: Tensor, frames: int, w: Dict[str, Tensor], name: str, groups: int, shared: bool,
                  offset: Optional[Tensor]) -> Tensor:
  """[b * f, c, h, w] -> [b * hw, f, c], with statistics of each frame or of all frames together."""
  if on_gpu(x):
    n, c, height, width = x.shape
    clips = to_tokens(x).reshape([n // frames, frames, height * width, c])
    grouped = clips.reshape([n // frames if shared else n, -1, c])
    scale, shift = group_scale(grouped, w, name, groups, 1e-6, clip_offset(offset, n // grouped.shape[0]))
    tracks = torch.empty([n // frames, height * width, frames, c], dtype=x.dtype, device=ops.prim.device(x))
    each = [n // frames, -1, 1, c]
    # What it writes lies in another order than what it reads: no copy of its own.
    torch.addcmul(shift.reshape(each), clips, scale.reshape(each), out=tracks.transpose(1, 2))
    tracks = tracks.reshape([-1, frames, c])
  else:
    tracks = to_tracks(to_tokens(group_norm(x, w, name, groups, 1e-6, frames if shared else 1, offset)), frames)
  return tracks


def motion_module(x: Tensor, frames: int, w: Dict[str, Tensor], name: str, heads: int, groups: int,
                  shared: bool, offset: Optional[Tensor], mask: Optional[Tensor]) -> Tensor:
  """Each pixel of x + offset [1, c] attends to itself in the other frames (Guo et al. 2023)."""
  h = linear(normed_tracks(x, frames, w, name + ".norm", groups, shared, offset), w, name + ".proj_in")
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    places = positions(frames, h, w, block + ".pos_embed.pe")
    j = 1
    while (block + ".attn{}.to_q.weight".format(j)) in w:
      attn = block + ".attn{}".format(j)
      q, k, v = queries_keys_values(layer_norm(h, w, block + ".norm{}".format(j)) + places, w, attn)
      h = h + linear(attention_in_tracks(q, k, v, heads, mask), w, attn + ".to_out.0")
      j = j + 1
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  n, c, height, width = x.shape
  h = project(h, w, name + ".proj_out", offset).reshape([n // frames, height, width, frames, c])
  return (x.reshape([n // frames, frames, c, height, width]) + h.permute([0, 3, 4, 1, 2])).reshape(x.shape)


def layer(x: Tensor, images: int, time: Tensor, text: Tensor, frames: int, motion: bool, heads: int, groups: int,
          eps: float, together: int, motion_heads: int, motion_groups: int, motion_shared: bool,
          mask: Optional[Tensor], w: Dict[str, Tensor], block: str, i: int) -> Tensor:
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
    x = motion_module(repeated(x, images), frames, w, block + ".motion_modules.{}".format(i), motion_heads,
                      motion_groups, motion_shared, offset, mask)
    offset = None
  if offset is not None:
    x = x + offset[:, :, None, None]
  return x


def encoder(x: Tensor, images: int, time: Tensor, text: Tensor, frames: int, motion: bool, heads: List[int],
            groups: int, eps: float, together: int, downsample_padding: int, motion_heads: int, motion_groups: int,
            motion_shared: bool, mask: Optional[Tensor], w: Dict[str, Tensor]) -> List[Tensor]:
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
      x = layer(x, images, time, text, frames, motion, heads[level], groups, eps, together, motion_heads,
                motion_groups, motion_shared, mask, w, block, i)
      states.append(x)
      i = i + 1
    if level < levels - 1:
      x = downsample(x, w, block + ".downsamplers.0.conv", downsample_padding)
      states.append(x)

  x = layer(x, images, time, text, frames, motion, heads[levels - 1], groups, eps, together, motion_heads,
            motion_groups, motion_shared, mask, w, "mid_block", 0)
  states.append(resnet(x, time, w, "mid_block.resnets.1", groups, eps, together))
  return [repeated(state, images) for state in states]
