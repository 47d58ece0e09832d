# SPDX-License-Identifier: Apache-2.0
"""The renderer of the shapes world: anti-aliased pictures from signed distances, vectorised over clips and frames.

usage: python render.py sheet.png      (draws some clips of ground truth and prints captions for them)
"""
import math
import random
import sys

import torch
import torch.nn.functional as F

from world import COLOR_A, COLOR_B, N, PALETTE, SCENE, SCENES, SHAPE_A, SHAPE_B, SIZE, layout, pose, sample_specs


# signed distance functions at unit radius (after Inigo Quilez); x, y tensors, negative inside

def _segment(x, y, ax, ay, bx, by):
    px, py, dx, dy = x - ax, y - ay, bx - ax, by - ay
    h = ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0, 1)
    return (px - dx * h) ** 2 + (py - dy * h) ** 2


def _polygon(x, y, pts):
    d = torch.full_like(x, 1e9)
    inside = torch.zeros_like(x, dtype=torch.bool)
    for (ax, ay), (bx, by) in zip(pts, pts[1:] + pts[:1]):
        d = torch.minimum(d, _segment(x, y, ax, ay, bx, by))
        if ay != by:
            cross = ((y >= ay) != (y >= by)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
            inside = inside ^ cross
    return torch.where(inside, -d.sqrt(), d.sqrt())


def _heart_points(n=40):
    pts = []
    for i in range(n):
        a = 2 * math.pi * i / n
        px = 16 * math.sin(a) ** 3
        py = 13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)
        pts.append((px / 16.5, -(py + 2.5) / 16.5))
    return pts


_STAR = [(r * math.sin(math.pi * i / 5), -r * math.cos(math.pi * i / 5))
         for i in range(10) for r in [1.08 if i % 2 == 0 else 0.44]]
_TRIANGLE = [(0.0, -1.0), (0.95, 0.7), (-0.95, 0.7)]
_CROSS = [(-.3, -.95), (.3, -.95), (.3, -.3), (.95, -.3), (.95, .3), (.3, .3), (.3, .95), (-.3, .95), (-.3, .3),
          (-.95, .3), (-.95, -.3), (-.3, -.3)]
_DIAMOND = [(0.0, -1.08), (0.62, 0.0), (0.0, 1.08), (-0.62, 0.0)]
_SQUARE = [(-.82, -.82), (.82, -.82), (.82, .82), (-.82, .82)]


def sdf(shape, x, y):
    """Signed distance of shape number `shape` at unit radius."""
    if shape == 0:
        return (x * x + y * y).sqrt() - 0.95
    if shape == 5:
        return ((x * x + y * y).sqrt() - 0.75).abs() - 0.24
    return _polygon(x, y, {1: _SQUARE, 2: _TRIANGLE, 3: _STAR, 4: _heart_points(), 6: _CROSS, 7: _DIAMOND}[shape])


_TABLE = {}


def _sdf_table(device, res=256, span=1.4):
    """(8, 1, res, res) table of the eight distance functions, looked up bilinearly: as sharp and far cheaper."""
    key = str(device)
    if key not in _TABLE:
        y, x = _grid(res, device)
        _TABLE[key] = (torch.stack([sdf(s, x * span, y * span) for s in range(8)])[:, None], span)
    return _TABLE[key]


def _grid(res, device):
    c = (torch.arange(res, device=device) + 0.5) / res * 2 - 1
    return torch.meshgrid(c, c, indexing="ij")


# backgrounds: each takes pixel coordinates x, y, random numbers p (n, 8, 1, 1, 1) and an edge width

def _rgb(*v):
    return torch.tensor(v, dtype=torch.float32).view(3, 1, 1) / 255.0


def _mix(p, q, m):
    return p.to(m.device) * (1 - m) + q.to(m.device) * m


_STARS = [(-.82, -.7, .04), (-.45, -.88, .03), (-.1, -.6, .035), (.3, -.85, .04), (.72, -.62, .03), (.9, -.2, .035),
          (-.65, -.25, .03), (-.93, .2, .035), (-.4, .35, .03), (.5, .15, .03), (.15, .55, .035), (.8, .6, .03),
          (-.7, .75, .04), (.45, .85, .03), (.05, -.2, .03), (-.15, .9, .03)]


def _black(x, y, p, edge):
    return torch.zeros(3, *x.shape, device=x.device)


def _gray(x, y, p, edge):
    return _rgb(112, 112, 112).to(x.device)


def _sky(x, y, p, edge):
    im = _mix(_rgb(78, 140, 205), _rgb(150, 190, 225), ((y + 1) / 2)[None, None])
    for k in range(2):
        cx, cy = p[:, 2 * k] * 1.6 - 0.8, p[:, 2 * k + 1] * 1.2 - 0.9
        m = torch.zeros(len(p), 1, *x.shape, device=x.device)
        for dx, dy, r in ((0, 0, .2), (-.2, .05, .15), (.2, .05, .16)):
            d = (((x - cx - dx) / 1.2) ** 2 + (y - cy - dy) ** 2).sqrt() / r
            m = torch.maximum(m, (1.5 - d).clamp(0, 1))
        im = _mix(im, _rgb(188, 208, 226), m)
    return im


def _hills(x, y, p, edge):
    im = _mix(_rgb(120, 170, 200), _rgb(175, 200, 205), ((y + 1) / 1.6)[None, None].clamp(0, 1))
    for k, (level, color) in enumerate(((0.15, (72, 112, 66)), (0.42, (44, 84, 46)))):
        line = level + 0.14 * torch.sin(x * (2.2 + k) + 6.28 * p[:, k])
        im = _mix(im, _rgb(*color), ((y - line) / edge + 0.5).clamp(0, 1))
    return im


def _beach(x, y, p, edge):
    im = _mix(_rgb(130, 180, 205), _rgb(185, 212, 218), ((y + 1) / 1.1)[None, None].clamp(0, 1))
    im = _mix(im, _rgb(45, 125, 145), ((y - 0.05) / edge + 0.5).clamp(0, 1)[None, None])
    line = 0.38 + 0.06 * torch.sin(x * 3 + 6.28 * p[:, 0])
    return _mix(im, _rgb(205, 180, 130), ((y - line) / edge + 0.5).clamp(0, 1))


def _night(x, y, p, edge):
    im = _mix(_rgb(10, 12, 34), _rgb(24, 28, 62), ((y + 1) / 2)[None, None])
    shift = (p[:, 0] * 4).floor() / 2
    m = torch.zeros(len(p), 1, *x.shape, device=x.device)
    for sx, sy, r in _STARS:
        ux = torch.remainder(x - sx - shift + 1, 2) - 1
        m = torch.maximum(m, ((r - (ux ** 2 + (y - sy) ** 2).sqrt()) / edge + 0.5).clamp(0, 1))
    return _mix(im, _rgb(165, 165, 175), m)


def _checkerboard(x, y, p, edge):
    q = (torch.sin(x * math.pi * 2) * torch.sin(y * math.pi * 2) / (edge * 6) + 0.5).clamp(0, 1)
    return _mix(_rgb(70, 70, 76), _rgb(138, 138, 144), torch.where(p[:, 0] < 0.5, q, 1 - q))


def backgrounds(spec, lay, res=SIZE):
    """(n, 3, res, res) still backgrounds."""
    dev, n = spec.device, spec.shape[0]
    y, x = _grid(res, dev)
    out = torch.zeros(n, 3, res, res, device=dev)
    for scene, paint in enumerate((_black, _gray, _sky, _hills, _beach, _night, _checkerboard)):
        i = (spec[:, SCENE] == scene).nonzero()[:, 0]
        if len(i):
            im = paint(x, y, lay["bg"][i].view(len(i), -1, 1, 1, 1), 2.0 / res * 1.5)
            out[i] = im.expand(len(i), 3, res, res).to(out.dtype)
    return out


def _coverage(shape, centre, radius, angle, res):
    """How much of each pixel one object covers: (n, f, res, res) from shapes (n,), poses (n, f, ...)."""
    n, f = radius.shape
    table, span = _sdf_table(shape.device)
    y, x = _grid(res, shape.device)
    r = radius[..., None, None]
    px, py = (x - centre[..., 0, None, None]) / r, (y - centre[..., 1, None, None]) / r
    cos, sin = angle.cos()[..., None, None], angle.sin()[..., None, None]
    qx, qy = (cos * px + sin * py) / span, (-sin * px + cos * py) / span
    # the eight tables are one tall image: row band = shape
    v = (shape.view(n, 1, 1, 1).to(qy.dtype) + (qy.clamp(-0.99, 0.99) + 1) / 2) / 8 * 2 - 1
    grid = torch.stack([qx.clamp(-0.99, 0.99), v], -1).view(1, n * f * res, res, 2)
    tall = table.view(1, 1, -1, table.shape[-1])
    d = F.grid_sample(tall, grid, mode="bilinear", padding_mode="border", align_corners=False).view(n, f, res, res) * r
    a = (0.5 - d * (res / 2) / 1.2).clamp(0, 1)
    return torch.where((qx.abs() < 0.98) & (qy.abs() < 0.98), a, torch.zeros_like(a))


def render(spec, lay, t, res=SIZE):
    """RGB frames (n, f, 3, res, res) in [0, 1] at frame indices t (f,) or (n, f)."""
    centre, radius, angle = pose(spec, lay, t)
    n, f = angle.shape
    im = backgrounds(spec, lay, res)[:, None].expand(n, f, 3, res, res)
    for k, (shape, color) in enumerate(((SHAPE_A, COLOR_A), (SHAPE_B, COLOR_B))):
        a = _coverage(spec[:, shape], centre[:, :, k], radius[:, :, k], angle, res)
        if k == 1:
            a = a * (spec[:, N] == 2).view(n, 1, 1, 1)
        im = im + a[:, :, None] * (PALETTE.to(spec.device)[spec[:, color]].view(n, 1, 3, 1, 1) - im)
    return im.clamp(0, 1)


def main(path):
    from captions import caption
    from sheets import sheet
    rng = random.Random(0)
    spec = sample_specs(12, rng)
    clips = render(spec, layout(spec), torch.arange(0, 16, 3))
    sheet(clips, [caption(s, rng)[0] for s in spec.tolist()], path)


if __name__ == "__main__":
    main(sys.argv[1])
