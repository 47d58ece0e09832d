# SPDX-License-Identifier: Apache-2.0
# Attention through time, pixel by pixel, and AnimateDiff's motion modules, made of the layers that all networks share.


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


def shares_of_frames(shares: List[float], like: Tensor) -> Tensor:
  """[window's frames]"""
  return torch.tensor(shares, dtype=like.dtype, device=ops.prim.device(like))


def nothing_yet(h: Tensor) -> Tuple[Tensor, Tensor]:
  """Of [n, f, c], sums over windows and how much of them each frame has, [1, f, 1]."""
  return (torch.zeros_like(h), torch.zeros_like(h[:1, :, :1]))


def add_window(total: Tensor, each: Tensor, start: int, shares: Tensor, h: Tensor) -> None:
  end = start + shares.shape[0]
  total[:, start:end].add_(h * shares[:, None])
  each[:, start:end].add_(shares[:, None])


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


def temporal_attentions(h: Tensor, w: Dict[str, Tensor], block: str, heads: int, mask: Optional[Tensor]) -> Tensor:
  places = positions(h.shape[1], h, w, block + ".pos_embed.pe")
  j = 1
  while (block + ".attn{}.to_q.weight".format(j)) in w:
    attn = block + ".attn{}".format(j)
    q, k, v = queries_keys_values(layer_norm(h, w, block + ".norm{}".format(j)) + places, w, attn)
    h = h + linear(attention_in_tracks(q, k, v, heads, mask), w, attn + ".to_out.0")
    j = j + 1
  return h


def windowed_attentions(h: Tensor, starts: List[int], shares: Tensor, w: Dict[str, Tensor], block: str,
                        heads: int, mask: Optional[Tensor]) -> Tensor:
  """Each pixel attends to itself in all frames or, if there are windows, within each of them, and their means are taken
  by the shares that a window's frames have (FreeNoise, Qiu et al. 2024, section 3.2)."""
  if len(starts) == 0:
    return temporal_attentions(h, w, block, heads, mask)
  total, each = nothing_yet(h)
  for start in starts:
    end = start + shares.shape[0]
    add_window(total, each, start, shares, temporal_attentions(h[:, start:end], w, block, heads, mask))
  return total.div_(each)


def motion_module(x: Tensor, frames: int, starts: List[int], shares: Tensor, w: Dict[str, Tensor], name: str,
                  heads: int, groups: int, shared: bool, offset: Optional[Tensor], mask: Optional[Tensor]) -> Tensor:
  """Each pixel of x + offset [1, c] attends to itself in the other frames (Guo et al. 2023)."""
  h = linear(normed_tracks(x, frames, w, name + ".norm", groups, shared, offset), w, name + ".proj_in")
  i = 0
  block = name + ".transformer_blocks.0"
  while (block + ".norm1.weight") in w:
    h = windowed_attentions(h, starts, shares, w, block, heads, mask)
    h = h + feed_forward(layer_norm(h, w, block + ".norm3"), w, block + ".ff")
    i = i + 1
    block = name + ".transformer_blocks.{}".format(i)
  n, c, height, width = x.shape
  h = project(h, w, name + ".proj_out", offset).reshape([n // frames, height, width, frames, c])
  return (x.reshape([n // frames, frames, c, height, width]) + h.permute([0, 3, 4, 1, 2])).reshape(x.shape)
