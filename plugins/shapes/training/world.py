# SPDX-License-Identifier: Apache-2.0
"""The "shapes" world: what a clip holds and where it goes.

A *spec* is a row of small integers (see FIELDS): what is in the clip. `layout` draws everything the spec leaves
open (positions, speeds, phases), `pose` moves it, and render.py turns it into pictures, all on whatever device the
tensors live on. Nothing is stored on disk: every training run draws its own data.

Coordinates: x right, y down, the image spans [-1, 1] both ways.
"""
import math

import torch

SHAPES = ["circle", "square", "triangle", "star", "heart", "ring", "cross", "diamond"]
COLORS = ["red", "green", "blue", "yellow", "purple", "orange", "white", "pink"]
SIZES = ["small", "medium", "large"]
SCENES = ["black", "gray", "sky", "hills", "beach", "night", "checkerboard"]
MOTIONS = ["static", "left", "right", "up", "down", "spin", "grow", "shrink", "bounce"]
RELATIONS = ["none", "left", "right", "above", "below"]  # object A is <relation> of object B

# columns of a spec row
N, SHAPE_A, COLOR_A, SIZE_A, SHAPE_B, COLOR_B, SIZE_B, RELATION, SCENE, MOTION = range(10)
FIELDS = 10
FRAMES, SIZE, FPS = 16, 128, 8

PALETTE = torch.tensor([
    [225, 30, 35], [40, 200, 60], [35, 70, 225], [250, 220, 40],
    [130, 40, 170], [250, 130, 20], [252, 252, 252], [250, 130, 190]]) / 255.0

SPINNABLE = [1, 2, 3, 4, 6, 7]  # a spinning circle or ring looks still
TWO_OBJECT_MOTIONS = [0, 1, 2, 3, 4, 5, 6, 7]
AXES = [[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]]  # of RELATIONS, and of the first five MOTIONS


def sample_specs(n, rng, two=0.4):
    """n random spec rows (a CPU int64 tensor); `two` is the share of two-object specs."""
    rows = []
    for _ in range(n):
        s = [0] * FIELDS
        s[N] = 2 if rng.random() < two else 1
        s[SHAPE_A], s[COLOR_A], s[SIZE_A] = rng.randrange(8), rng.randrange(8), rng.randrange(3)
        s[SCENE] = rng.randrange(len(SCENES))
        if s[N] == 2:
            s[SHAPE_B] = rng.randrange(8)
            s[COLOR_B] = rng.choice([c for c in range(8) if c != s[COLOR_A]])
            s[SIZE_A], s[SIZE_B] = rng.randrange(2), rng.randrange(2)
            s[RELATION] = rng.randrange(1, 5)
            s[MOTION] = rng.choice(TWO_OBJECT_MOTIONS)
        else:
            s[MOTION] = rng.randrange(len(MOTIONS))
        if s[MOTION] == 5 and (s[SHAPE_A] not in SPINNABLE or (s[N] == 2 and s[SHAPE_B] not in SPINNABLE)):
            s[MOTION] = rng.randrange(5)
        rows.append(s)
    return torch.tensor(rows)


def layout(spec, gen=None):
    """Random continuous parameters for specs (n, FIELDS) on the specs' device, as a dict of tensors."""
    n, dev = spec.shape[0], spec.device
    u = lambda *shape: torch.rand(*shape, device=dev, generator=gen)
    two, motion, bounce = spec[:, N] == 2, spec[:, MOTION], spec[:, MOTION] == 8
    base = torch.tensor([0.22, 0.32, 0.44], device=dev)
    base_two = torch.tensor([0.22, 0.30, 0.30], device=dev)
    sizes = spec[:, [SIZE_A, SIZE_B]]
    radius = torch.where(two[:, None], base_two[sizes], base[sizes]) * (0.94 + 0.12 * u(n, 2))
    direction = torch.tensor(AXES + [[0, 0]] * 4, device=dev, dtype=torch.float32)[motion]
    travel = torch.where(two, 0.62, 0.85) * (0.9 + 0.25 * u(n))
    # half the extent of the whole arrangement over the clip, so that everything stays inside the image
    reach = radius.max(1).values * torch.where((motion == 6) | (motion == 7), 1.2, 1.0)
    gap = 0.5 * (radius.sum(1)) + 0.06 + 0.16 * u(n)  # half the distance of the two centres
    axis = torch.tensor(AXES, device=dev, dtype=torch.float32)[spec[:, RELATION]]
    half = torch.where(two[:, None], axis.abs() * gap[:, None], torch.zeros(n, 2, device=dev))
    half = half + reach[:, None] + direction.abs() * 0.5 * travel[:, None]
    half[:, 1] = half[:, 1] + torch.where(bounce, 0.28, 0.0)
    centre = ((2 * u(n, 2) - 1) * (0.97 - half).clamp(min=0.0)).clamp(-0.55, 0.55)
    off = torch.stack([axis * gap[:, None], -axis * gap[:, None]], 1)  # A, B
    jitter = (2 * u(n, 2, 2) - 1) * 0.05 * two[:, None, None] * (1 - axis.abs())[:, None]
    position = centre[:, None] + torch.where(two[:, None, None], off + jitter, torch.zeros_like(off))
    sign = torch.where(u(n) < 0.5, -1.0, 1.0)
    return {"radius": radius, "position": position, "direction": direction, "travel": travel,
            "spin": torch.where(motion == 5, sign * (0.17 + 0.10 * u(n)), torch.zeros(n, device=dev)),
            "angle": (motion == 5) * (2 * math.pi) * u(n), "phase": u(n), "bg": u(n, 8)}


def pose(spec, lay, t):
    """Centres (n, f, 2, 2), radii (n, f, 2) and angles (n, f) at frame indices t (f,) or (n, f)."""
    t = t.to(spec.device, torch.float32)
    if t.dim() == 1:
        t = t[None].expand(spec.shape[0], -1)
    motion = spec[:, MOTION][:, None]
    k = t / (FRAMES - 1)
    shift = lay["direction"][:, None] * ((k - 0.5) * lay["travel"][:, None])[..., None]
    hop = -0.56 * (math.pi * (k * 2 + lay["phase"][:, None])).sin().abs() + 0.28
    shift = shift + torch.stack([torch.zeros_like(hop), torch.where(motion == 8, hop, torch.zeros_like(hop))], -1)
    centre = lay["position"][:, None] + shift[:, :, None]
    # growing and shrinking run between 0.55 and 1.2 of the nominal radius
    scale = torch.where(motion == 6, 0.55 + 0.65 * k, torch.where(motion == 7, 1.2 - 0.65 * k, torch.ones_like(k)))
    angle = lay["angle"][:, None] + lay["spin"][:, None] * t
    return centre, lay["radius"][:, None] * scale[..., None], angle
