# SPDX-License-Identifier: Apache-2.0
"""What SparseCtrl is told: white outlines on black, and which frames of a clip are given."""
import torch
import torch.nn.functional as F

from render import _coverage
from world import N, SHAPE_A, SHAPE_B, SIZE, pose


def outlines(spec, lay, t, res=SIZE):
    """(n, f, res, res) in [0, 1]: outlines of all objects at frame indices t (f,) or (n, f), 3 pixels wide."""
    centre, radius, angle = pose(spec, lay, t)
    n, f = angle.shape
    out = torch.zeros(n * f, 1, res, res, device=spec.device)
    for k, shape in enumerate((SHAPE_A, SHAPE_B)):
        a = _coverage(spec[:, shape], centre[:, :, k], radius[:, :, k], angle, res)
        if k == 1:
            a = a * (spec[:, N] == 2).view(n, 1, 1, 1)
        a = a.reshape(n * f, 1, res, res)
        edge = F.max_pool2d(a, 3, 1, 1) + F.max_pool2d(-a, 3, 1, 1)  # dilated minus eroded
        # what lies in front hides what lies behind
        out = torch.where(F.max_pool2d(a, 3, 1, 1) > 0.5, edge, out) if k else edge
    return out.view(n, f, res, res)


def given_frames(b, frames, device):
    """(b, f) of 0 and 1: the first frame alone in most clips, else any one, else two or three of them."""
    r, kind = torch.rand(b, frames, device=device), torch.rand(b, 1, device=device)
    ranks = (r[:, :, None] > r[:, None, :]).sum(2)
    count = 1 + (kind >= 0.8).long() + (kind >= 0.9).long()
    first = (torch.arange(frames, device=device) == 0).expand(b, -1)
    return torch.where(kind < 0.7, first, ranks < count).float()
