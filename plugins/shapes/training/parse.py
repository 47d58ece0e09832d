# SPDX-License-Identifier: Apache-2.0
"""What a caption says, as a table of small classes, and linear heads that read it off the text encoder's output.

Stable Diffusion's text encoder comes from CLIP and knows what words mean before any diffusion training. This one learns
it here: the heads must tell objects, scene, motion and who is where (left, right, above, below) from any padding token.
They are thrown away afterwards."""
import torch
from torch import nn
import torch.nn.functional as F

import world as W

# classes of each field; a slot's last class means "nothing there"
SIZES = [2, len(W.SCENES), len(W.MOTIONS), 8, 8, 8, 8, 3, 3] + [9] * 8
FIELDS = len(SIZES)
MOTION = 2  # its column
UNSAID = -1


def targets(s, said):
    """The row of classes for spec row s (a list) and a caption that says `said`."""
    two = s[W.N] == 2
    row = [s[W.N] - 1, s[W.SCENE] if "scene" in said else UNSAID, s[W.MOTION] if "motion" in said else UNSAID,
           s[W.COLOR_A], s[W.SHAPE_A], s[W.COLOR_B] if two else UNSAID, s[W.SHAPE_B] if two else UNSAID,
           s[W.SIZE_A] if "size a" in said else UNSAID, s[W.SIZE_B] if "size b" in said else UNSAID]
    if two and "relation" not in said:
        return row + [UNSAID] * 8
    colors, shapes = [8] * 4, [8] * 4  # left, right, top, bottom
    if two:
        a = s[W.RELATION] - 1
        colors[a], shapes[a] = s[W.COLOR_A], s[W.SHAPE_A]
        colors[a ^ 1], shapes[a ^ 1] = s[W.COLOR_B], s[W.SHAPE_B]
    return row + colors + shapes


class Heads(nn.Module):
    """One linear classifier per field on a text encoder's hidden states (b, 77, width)."""

    FIRST, LAST = 40, 77  # positions that are always padding

    def __init__(self, width):
        super().__init__()
        self.out = nn.Linear(width, sum(SIZES))

    def loss(self, hidden, rows):
        """Mean cross-entropy, read at one random padding token of each caption; rows (b, FIELDS)."""
        b = len(hidden)
        at = torch.randint(self.FIRST, self.LAST, (b,), device=hidden.device)
        logits = self.out(hidden[torch.arange(b, device=hidden.device), at].float()).split(SIZES, 1)
        return sum(F.cross_entropy(l, rows[:, i].long(), ignore_index=UNSAID, reduction="sum") for i, l in
                   enumerate(logits)) / (rows != UNSAID).sum()

    @torch.no_grad()
    def accuracy(self, hidden, rows):
        """Share of right answers per field, read at the last token."""
        logits = self.out(hidden[:, -1].float()).split(SIZES, 1)
        said = rows != UNSAID
        right = torch.stack([l.argmax(1) for l in logits], 1) == rows
        return ((right & said).sum(0) / said.sum(0).clamp(min=1)).tolist()
