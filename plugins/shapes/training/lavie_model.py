# SPDX-License-Identifier: Apache-2.0
"""A UNet like LaVie's (arXiv 2309.15103) at toy widths: Stable Diffusion's, with temporal attention (rotary and
relative positions) in every transformer block, normalised over whole clips. Keys are those that LaVie publishes."""
import math
from types import SimpleNamespace

import torch
from torch import nn
import torch.nn.functional as F
from diffusers import UNet2DConditionModel

from models import BLOCKS, GROUPS, TEXT_WIDTH, UNET_WIDTHS

ROTARY = 32                      # channels of a head that turn with the frame
HEADS = tuple(w // ROTARY for w in UNET_WIDTHS)
LAYERS = (1, 2, 1, 1)            # transformer blocks of each level; the second at 8x8 makes up for motion at 16x16
ALPHAS = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0).float()  # LaVie's own schedule


def build_spatial():
    return UNet2DConditionModel(
        sample_size=16, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=UNET_WIDTHS,
        cross_attention_dim=TEXT_WIDTH, attention_head_dim=HEADS, norm_num_groups=GROUPS, down_block_types=BLOCKS,
        up_block_types=tuple(b.replace("Down", "Up") for b in reversed(BLOCKS)), transformer_layers_per_block=LAYERS)


def buckets(frames):
    """(f, f): the class of each key's distance from each query (T5): 16 that look back, 16 that look forward."""
    places = torch.arange(frames)
    n = places[:, None] - places[None, :]
    far = (n.abs().clamp(min=1) / 8).log() / math.log(4) * 8
    return 16 * (n < 0) + torch.where(n.abs() < 8, n.abs(), (8 + far.long()).clamp(max=15))


def turned(x, cos, sin):
    """Rotary positions of (n, heads, f, c): pairs of neighbouring channels turn frame by frame."""
    a, b = x[..., 0:ROTARY:2], x[..., 1:ROTARY:2]
    out = torch.stack([a * cos - b * sin, b * cos + a * sin], -1).flatten(-2)
    return torch.cat([out, x[..., ROTARY:]], -1)


class RelativeBias(nn.Module):
    def __init__(self, heads):
        super().__init__()
        self.relative_attention_bias = nn.Embedding(32, heads)
        nn.init.normal_(self.relative_attention_bias.weight, std=0.1)


class TemporalAttention(nn.Module):
    """Each pixel attends to itself in the other frames: (n, f, c). Fresh, it changes nothing."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.to_q, self.to_k, self.to_v = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(width, width)])
        self.time_rel_pos_bias = RelativeBias(heads)
        nn.init.zeros_(self.to_out[0].weight)
        nn.init.zeros_(self.to_out[0].bias)

    def forward(self, x, clock):
        cos, sin, classes = clock
        split = lambda v: v.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        q, k, v = (split(p(x)) for p in (self.to_q, self.to_k, self.to_v))
        bias = self.time_rel_pos_bias.relative_attention_bias(classes).permute(2, 0, 1)
        score = turned(q, cos, sin) @ turned(k, cos, sin).transpose(-1, -2) * q.shape[-1] ** -0.5 + bias
        return self.to_out[0]((score.float().softmax(-1).to(v.dtype) @ v).transpose(1, 2).flatten(2))


def clip_norm(norm, x, frames):
    """Group normalisation of (b * f, c, h, w) with statistics of all frames of a clip together."""
    if frames == 1:
        return norm(x)
    n, c, h, w = x.shape
    y = norm(x.reshape(n // frames, frames, c, h * w).transpose(1, 2).reshape(-1, c, frames * h, w))
    return y.reshape(-1, c, frames, h * w).transpose(1, 2).reshape(n, c, h, w)


def attend(attn, x, context):
    split = lambda v: v.unflatten(-1, (attn.heads, -1)).transpose(1, 2)
    h = F.scaled_dot_product_attention(split(attn.to_q(x)), split(attn.to_k(context)), split(attn.to_v(context)))
    return attn.to_out[0](h.transpose(1, 2).flatten(2))


class LavieUnet(nn.Module):
    """An image UNet for 1 frame and a video UNet for more; called as diffusers' UNetMotionModel is."""

    def __init__(self, frames=16):
        super().__init__()
        self.unet = build_spatial()
        for level, block in self.transformers():
            width = UNET_WIDTHS[level]
            block.norm_temp, block.attn_temp = nn.LayerNorm(width), TemporalAttention(width, HEADS[level])
        angles = torch.arange(frames)[:, None] * 10000.0 ** (-torch.arange(ROTARY // 2) / (ROTARY / 2))
        for name, value in (("cos", angles.cos()), ("sin", angles.sin()), ("classes", buckets(frames))):
            self.register_buffer(name, value, persistent=False)

    def transformers(self):
        """(level, transformer block) of every block."""
        u, last = self.unet, len(UNET_WIDTHS) - 1
        blocks = [*enumerate(u.down_blocks), (last, u.mid_block), *((last - i, b) for i, b in enumerate(u.up_blocks))]
        return [(level, t) for level, b in blocks for a in getattr(b, "attentions", []) for t in a.transformer_blocks]

    def resnet(self, r, x, time, frames):
        h = r.conv1(F.silu(clip_norm(r.norm1, x, frames))) + r.time_emb_proj(time)[:, :, None, None]
        h = r.conv2(F.silu(clip_norm(r.norm2, h, frames)))
        return (x if r.conv_shortcut is None else r.conv_shortcut(x)) + h

    def transformer(self, a, x, text, frames):
        n, c, height, width = x.shape
        h = a.proj_in(a.norm(x)).flatten(2).transpose(1, 2)
        for t in a.transformer_blocks:
            own = t.norm1(h)
            h = h + attend(t.attn1, own, own)
            h = h + attend(t.attn2, t.norm2(h).reshape(len(text), -1, c), text).reshape(h.shape)
            if frames > 1:
                h = self.temporal(t, h, frames)
            h = h + t.ff(t.norm3(h))
        return x + a.proj_out(h.transpose(1, 2).contiguous().view(n, c, height, width))

    def temporal(self, t, h, frames):
        n, pixels, c = h.shape
        tracks = t.norm_temp(h).reshape(-1, frames, pixels, c).transpose(1, 2).reshape(-1, frames, c)
        y = t.attn_temp(tracks, (self.cos, self.sin, self.classes))
        return h + y.reshape(-1, pixels, frames, c).transpose(1, 2).reshape(n, pixels, c)

    def layers(self, block, x, time, text, frames, states=None):
        """The layers of a block; takes `states` in (up path) or returns what comes out of each too (down path)."""
        out = []
        for i, r in enumerate(block.resnets):
            x = self.resnet(r, x if states is None else torch.cat([x, states.pop()], 1), time, frames)
            if getattr(block, "attentions", None):
                x = self.transformer(block.attentions[i], x, text, frames)
            out.append(x)
        return x, out

    def forward(self, sample, timestep, encoder_hidden_states):
        """sample (b, 4, f, h, w), timestep (b), text (b, 77, c) or (b * f, 77, c); also gives what leaves the middle"""
        b, c, frames, height, width = sample.shape
        text = encoder_hidden_states[::len(encoder_hidden_states) // b]
        u = self.unet
        time = F.silu(u.time_embedding(u.time_proj(timestep).to(sample.dtype))).repeat_interleave(
            frames, 0, output_size=b * frames)
        x = u.conv_in(sample.transpose(1, 2).reshape(b * frames, c, height, width))
        states = [x]
        for block in u.down_blocks:
            x, out = self.layers(block, x, time, text, frames)
            states += out
            if block.downsamplers is not None:
                x = block.downsamplers[0].conv(x)
                states.append(x)
        x = self.resnet(u.mid_block.resnets[0], x, time, frames)
        x = self.transformer(u.mid_block.attentions[0], x, text, frames)
        x = middle = self.resnet(u.mid_block.resnets[1], x, time, frames)
        for block in u.up_blocks:
            x, _ = self.layers(block, x, time, text, frames, states)
            if block.upsamplers is not None:
                x = block.upsamplers[0].conv(F.interpolate(x, scale_factor=2.0))
        x = u.conv_out(F.silu(clip_norm(u.conv_norm_out, x, frames)))
        return SimpleNamespace(sample=x.reshape(b, frames, c, height, width).transpose(1, 2), middle=middle)
