# SPDX-License-Identifier: Apache-2.0
"""Which way things go, frame by frame, read off the middle of the network.

At every noise level a clip gives its own motion away through the noise, so the loss hardly asks what the words for it
say: which of two opposite directions is meant is learnt last, or never. This head asks for it. It must tell from each
frame's features where, by the caption, things are by then: a product of the word and the frame's number, which only a
motion module can make. It is thrown away afterwards."""
import torch
from torch import nn

import world as W

# how far along x, y and size a clip is at its last frame; at its first it is as far the other way
LAST = {"left": (-1, 0, 0), "right": (1, 0, 0), "up": (0, -1, 0), "down": (0, 1, 0), "grow": (0, 0, 1),
        "shrink": (0, 0, -1)}
WEIGHT = 6  # of the squared error, which is 0.05 on the average as long as nothing is learnt


class Ways(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.out = nn.Linear(width, 3)
        last = torch.tensor([LAST.get(m, (0, 0, 0)) for m in W.MOTIONS], dtype=torch.float32)
        self.register_buffer("want", last[:, None] * torch.linspace(-1, 1, W.FRAMES)[:, None])

    def loss(self, middle, said):
        """Weighted squared error; middle (b * f, c, h, w), `said` are the motions (b,) that captions speak of, or
        parse.UNSAID."""
        got = self.out(middle.float().mean((2, 3))).unflatten(0, (len(said), -1))
        error = (got - self.want[said.clamp(min=0)]).pow(2).mean((1, 2)) * (said >= 0)
        return WEIGHT * error.sum() / (said >= 0).sum().clamp(min=1)
