# SPDX-License-Identifier: Apache-2.0
"""Analytic evaluation of decoded frames: no learned model, colours, shapes and tracks are measured.

`frame_facts` segments frames by nearest palette colour, keeps the connected components and classifies the largest
component of every colour against shape templates (intersection over union over rotations, after normalising position
and size). `judge` compares clips with the specs that their prompts came from.

usage: python evaluate.py      (reports the evaluator's own accuracy on ground-truth renders)
"""
import random
import sys
from collections import defaultdict

import torch
import torch.nn.functional as F

import world as W
from render import render, sdf

_BACKGROUNDS = {
    "black": [(0, 0, 0)], "gray": [(112, 112, 112)],
    "sky": [(78, 140, 205), (96, 153, 210), (114, 165, 215), (132, 178, 220), (150, 190, 225), (188, 208, 226),
            (169, 199, 225), (133, 174, 215)],
    "hills": [(72, 112, 66), (44, 84, 46)], "hills sky": [(120, 170, 200), (147, 185, 202), (175, 200, 205)],
    "beach": [(45, 125, 145), (205, 180, 130)], "beach sky": [(130, 180, 205), (158, 196, 212), (185, 212, 218)],
    "night": [(10, 12, 34), (17, 20, 48), (24, 28, 62)], "stars": [(165, 165, 175), (90, 90, 105)],
    "checkerboard": [(70, 70, 76), (138, 138, 144)], "tiles": [(104, 104, 110)]}
_BG = torch.tensor([c for v in _BACKGROUNDS.values() for c in v], dtype=torch.float32) / 255
_BG_GROUP = [k for k, v in _BACKGROUNDS.items() for _ in v]
THRESHOLD, MIN_AREA, CROP, MIN_IOU = 0.27, 45, 48, 0.70
_cache = {}


def _normalise(mask, area, cx, cy):
    """Masks (m, H, W) -> (m, CROP, CROP), centred on the centroid and scaled to unit area."""
    h = mask.shape[-1]
    half = 1.15 * area.sqrt() / (h / 2)
    theta = torch.zeros(len(mask), 2, 3, device=mask.device)
    theta[:, 0, 0] = theta[:, 1, 1] = half
    theta[:, 0, 2], theta[:, 1, 2] = (2 * cx + 1) / h - 1, (2 * cy + 1) / h - 1
    grid = F.affine_grid(theta, (len(mask), 1, CROP, CROP), align_corners=False)
    return F.grid_sample(mask[:, None], grid, align_corners=False)[:, 0]


def _moments(mask):
    h = mask.shape[-1]
    area = mask.sum((1, 2))
    c = torch.arange(h, device=mask.device, dtype=torch.float32)
    safe = area.clamp(min=1e-6)
    return area, (mask.sum(1) * c).sum(1) / safe, (mask.sum(2) * c).sum(1) / safe


def _templates(device):
    if str(device) not in _cache:
        res, out = 256, []
        c = (torch.arange(res, device=device) + 0.5) / res * 3.2 - 1.6
        y, x = torch.meshgrid(c, c, indexing="ij")
        for s in range(8):
            for k in range(24):
                a = torch.tensor(k * torch.pi / 12, device=device)
                qx, qy = a.cos() * x + a.sin() * y, -a.sin() * x + a.cos() * y
                out.append((sdf(s, qx, qy) < 0).float())
        m = torch.stack(out)
        _cache[str(device)] = _normalise(m, *_moments(m)).flatten(1)
    return _cache[str(device)]


def _components(mask, rounds=200):
    """(largest component (m, H, W), number of components of at least MIN_AREA pixels (m,))."""
    m, h, w = mask.shape
    label = (torch.arange(1, h * w + 1, device=mask.device, dtype=torch.float32).view(1, h, w) * mask)
    for i in range(rounds):
        grown = F.max_pool2d(label[:, None], 3, 1, 1)[:, 0] * mask
        if i % 10 == 9 and torch.equal(grown, label):
            break
        label = grown
    counts = torch.zeros(m, h * w + 1, device=mask.device)
    counts.scatter_add_(1, label.long().flatten(1), mask.flatten(1))
    counts[:, 0] = 0
    best = counts.argmax(1)
    return (label == best.view(-1, 1, 1)).float() * mask, (counts >= MIN_AREA).sum(1)


def frame_facts(frames):
    """frames (n, 3, H, W) in [0, 1] -> dict of (n, 8) tensors per palette colour, and (n,) scene numbers."""
    n, dev = len(frames), frames.device
    ref = torch.cat([W.PALETTE, _BG]).to(dev)
    out = defaultdict(list)
    for part in frames.float().split(128 if dev.type == "cuda" else 16):
        d = (part[:, None] - ref.view(1, -1, 3, 1, 1)).pow(2).sum(2).sqrt()
        best, lab = d.min(1)
        masks = torch.stack([(lab == k) & (best < THRESHOLD) for k in range(8)], 1).float().flatten(0, 1)
        eroded = -F.max_pool2d(-masks[:, None], 3, 1, 1)
        masks = (F.max_pool2d(eroded, 3, 1, 1)[:, 0] * masks)
        big = masks.sum((1, 2)) >= MIN_AREA
        area, cx, cy = (torch.zeros(len(masks), device=dev) for _ in range(3))
        count = torch.zeros(len(masks), device=dev, dtype=torch.long)
        shape = torch.full((len(masks),), -1, device=dev)
        iou = torch.zeros(len(masks), device=dev)
        crop = torch.zeros(len(masks), CROP * CROP, device=dev)
        i = big.nonzero()[:, 0]
        if len(i):
            comp, count[i] = _components(masks[i])
            area[i], cx[i], cy[i] = _moments(comp)
            c = _normalise(comp, area[i], cx[i], cy[i]).flatten(1)
            t = _templates(dev)
            inter = c @ t.T
            score = (inter / (c.sum(1, keepdim=True) + t.sum(1) - inter)).view(-1, 8, 24).max(2).values
            iou[i], shape[i] = score.max(1)
            crop[i] = c
        shape[iou < MIN_IOU] = -1
        for k, v in (("area", area), ("cx", cx), ("cy", cy), ("count", count), ("shape", shape), ("iou", iou)):
            out[k].append(v.view(-1, 8))
        out["crop"].append(crop.view(-1, 8, CROP * CROP))
        bg = torch.stack([(lab == 8 + j).float().mean((1, 2)) for j in range(len(_BG))], 1)
        votes = torch.stack([sum(bg[:, j] for j, g in enumerate(_BG_GROUP) if g == s) for s in W.SCENES], 1)
        out["scene"].append(votes.argmax(1))
    return {k: torch.cat(v) for k, v in out.items()}


def judge_images(facts, spec):
    """Booleans (n,) per criterion for one frame per spec."""
    a, b, two = spec[:, W.COLOR_A], spec[:, W.COLOR_B], spec[:, W.N] == 2
    pick = lambda key, c: facts[key].gather(1, c[:, None])[:, 0]
    color_a, color_b = pick("area", a) >= MIN_AREA, (pick("area", b) >= MIN_AREA) | ~two
    shape_a, shape_b = pick("shape", a) == spec[:, W.SHAPE_A], (pick("shape", b) == spec[:, W.SHAPE_B]) | ~two
    dx, dy = pick("cx", a) - pick("cx", b), pick("cy", a) - pick("cy", b)
    rel = spec[:, W.RELATION]
    relation = torch.where(rel == 1, dx < -4, torch.where(rel == 2, dx > 4, torch.where(rel == 3, dy < -4, dy > 4)))
    main = torch.where(rel <= 2, dx.abs() > dy.abs(), dy.abs() > dx.abs())
    out = {"color": color_a & color_b, "shape": shape_a & shape_b, "count": facts["count"].sum(1) == spec[:, W.N],
           "relation": (relation & main & color_a & color_b) | ~two, "scene": facts["scene"] == spec[:, W.SCENE]}
    out["object"] = out["color"] & out["shape"] & out["count"]
    out["all"] = out["object"] & out["relation"] & out["scene"]
    return out


def track(facts, spec, frames):
    """Per clip measurements from facts of (n * frames) frames: motion class, displacement, consistency."""
    n = len(spec)
    color = spec[:, W.COLOR_A].view(n, 1, 1).expand(n, frames, 1)
    get = lambda k: facts[k].view(n, frames, 8).gather(2, color)[..., 0]
    area, cx, cy = get("area"), get("cx"), get("cy")
    seen = area >= MIN_AREA
    w = seen.float()
    t = torch.arange(frames, device=area.device, dtype=torch.float32).expand(n, -1)
    sw = w.sum(1).clamp(min=1)
    tm = (w * t).sum(1) / sw
    st = (w * (t - tm[:, None]) ** 2).sum(1).clamp(min=1e-6)

    def slope(v):
        m = (w * v).sum(1) / sw
        k = (w * (t - tm[:, None]) * (v - m[:, None])).sum(1) / st
        residual = ((w * (v - m[:, None] - k[:, None] * (t - tm[:, None])) ** 2).sum(1) / sw).sqrt()
        return k * (frames - 1), residual

    dx, _ = slope(cx)
    dy, ry = slope(cy)
    ds, _ = slope(area.clamp(min=1).sqrt())
    size = (w * area.clamp(min=1).sqrt()).sum(1) / sw
    crops = facts["crop"].view(n, frames, 8, -1).gather(2, color[..., None].expand(-1, -1, -1, CROP * CROP))[:, :, 0]

    def iou(p, q):
        i = torch.minimum(p, q).sum(-1)
        return i / (torch.maximum(p, q).sum(-1)).clamp(min=1e-6)

    step2 = iou(crops[:, 2:], crops[:, :-2])
    pair = w[:, 2:] * w[:, :-2]
    turn = 1 - (step2 * pair).sum(1) / pair.sum(1).clamp(min=1)
    growth = ds / size.clamp(min=1)
    motion = torch.zeros(n, dtype=torch.long, device=area.device)
    motion = torch.where(turn > 0.13, 5, motion)
    motion = torch.where(growth > 0.3, 6, torch.where(growth < -0.3, 7, motion))
    far = torch.maximum(dx.abs(), dy.abs()) >= 14
    linear = torch.where(dx.abs() > dy.abs(), torch.where(dx < 0, 1, 2), torch.where(dy < 0, 3, 4))
    motion = torch.where(far, linear, motion)
    motion = torch.where(ry > 5, 8, motion)
    step = ((cx[:, 1:] - cx[:, :-1]) ** 2 + (cy[:, 1:] - cy[:, :-1]) ** 2).sqrt() * w[:, 1:] * w[:, :-1]
    consistency = 0.5 * (iou(crops[:, 1:], crops[:, :1]) + iou(crops[:, 1:], crops[:, :-1]))
    return {"motion": motion, "path": step.sum(1), "seen": w.mean(1), "turn": turn, "growth": growth,
            "dx": dx, "dy": dy, "subject_consistency": (consistency * w[:, 1:]).mean(1)}


def flickering(clips):
    """VBench's temporal flickering of clips (n, f, 3, H, W) in [0, 1]: 1 - mean |I_t - I_t+1| / 255."""
    return 1 - (clips[:, 1:] - clips[:, :-1]).abs().mean((1, 2, 3, 4))


def judge_videos(clips, spec):
    """Mean over frames of the image criteria, the motion verdict and the quality numbers, as (n,) tensors."""
    n, f = clips.shape[:2]
    facts = frame_facts(clips.flatten(0, 1))
    per_frame = judge_images(facts, spec.repeat_interleave(f, 0))
    out = {k: v.view(n, f).float().mean(1) for k, v in per_frame.items()}
    for k in ("object", "all", "color", "shape", "relation", "scene", "count"):
        out[k + "_clip"] = (out[k] >= 0.75).float()  # holds in at least three quarters of the frames
    tr = track(facts, spec, f)
    out["motion"] = (tr["motion"] == spec[:, W.MOTION]).float()
    out["motion_class"] = tr["motion"]
    out["dynamic_degree"] = ((tr["path"] > 12) | (tr["turn"] > 0.13) | (tr["growth"].abs() > 0.3)).float()
    out["path_px"], out["subject_consistency"] = tr["path"], tr["subject_consistency"]
    out["flickering"] = flickering(clips)
    out["success"] = out["all_clip"] * out["motion"]
    return out


def summary(result, spec, keys):
    """{group: {key: mean}} for one-object, two-object and all specs."""
    out = {}
    for name, sel in (("one", spec[:, W.N] == 1), ("two", spec[:, W.N] == 2), ("all", spec[:, W.N] > 0)):
        if sel.any():
            out[name] = {"n": int(sel.sum())} | {k: round(float(result[k][sel].float().mean()), 4) for k in keys}
    return out


if __name__ == "__main__":
    dev = "cuda" if torch.cuda.is_available() else "cpu"
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 128
    torch.manual_seed(1)
    spec = W.sample_specs(n, random.Random(1), two=0.5).to(dev)
    clips = render(spec, W.layout(spec), torch.arange(16))
    r = judge_videos(clips, spec)
    keys = ["color", "shape", "count", "relation", "scene", "object", "all", "motion", "dynamic_degree",
            "subject_consistency", "flickering"]
    for k, v in summary(r, spec, keys).items():
        print("ground truth", k, v)
    wrong = defaultdict(int)
    for s, m in zip(spec.tolist(), r["motion_class"].tolist()):
        if s[W.MOTION] != m:
            wrong[(W.MOTIONS[s[W.MOTION]], W.MOTIONS[m], s[W.N])] += 1
    print("motion confusions", dict(wrong))
