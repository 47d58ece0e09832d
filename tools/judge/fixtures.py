# SPDX-License-Identifier: Apache-2.0
"""Small clips with what the training's judge (plugins/shapes/training/evaluate.py) finds in them, as test data for the
judge in Java: one strip of frames per clip as PNG, all findings as JSON.

usage: python tools/judge/fixtures.py plugins/shapes/training src/test/resources/evaluate
needs: PyTorch, Pillow
"""
import json
import random
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image

training, out = sys.argv[1:3]
sys.path.insert(0, training)
import evaluate as E  # noqa: E402
import world as W  # noqa: E402
from captions import prompt  # noqa: E402
from render import render  # noqa: E402

# n, shape, colour and size of a and of b, relation, scene, motion
SPECS = {
    "star-right-sky": [1, 3, 0, 1, 0, 0, 0, 0, 2, 2],
    "cross-spin-checkerboard": [1, 6, 3, 2, 0, 0, 0, 0, 6, 5],
    "heart-bounce-night": [1, 4, 7, 1, 0, 0, 0, 0, 5, 8],
    "ring-grow-hills": [1, 5, 5, 1, 0, 0, 0, 0, 3, 6],
    "square-above-diamond-beach": [2, 1, 2, 1, 7, 6, 1, 3, 4, 1],
    "triangle-left-of-circle-black": [2, 2, 4, 0, 0, 1, 1, 1, 0, 0]}


def spoilt(name, clip):
    """What goes wrong in generated clips: blur and noise, things that vanish, change colour, or come twice."""
    blur = torch.full((3, 1, 3, 3), 1 / 9)
    soft = F.conv2d(F.pad(clip, (1, 1, 1, 1), mode="replicate"), blur, groups=3)
    if name == "ring-grow-hills":
        noise = (torch.randn(8, 3, 32, 32) * 4).round() / 255
        return (soft[:8] + F.interpolate(noise, scale_factor=4)).clamp(0, 1)
    if name == "star-right-sky":
        clip = clip.clone()
        clip[6:9] = clip[6:9, [2, 1, 0]]
        clip[12:] = clip[12:, :, :, :64].repeat(1, 1, 1, 2)
        return clip
    if name == "heart-bounce-night":
        clip = clip.clone()
        clip[3] = clip[3, :, :1, :1].expand(3, 128, 128)
        clip[10, :, 60:66] = 0
        return clip
    return None


def strip(clip):
    """Frames (f, 3, h, w) in [0, 1] as bytes, one below the other."""
    return (clip * 255).round().byte().permute(0, 2, 3, 1).reshape(-1, clip.shape[-1], 3)


def facts(frames):
    found = E.frame_facts(frames)
    rows = []
    for i in range(len(frames)):
        seen = {W.COLORS[c]: {k: round(found[k][i, c].item(), 5) for k in ("area", "cx", "cy", "count", "shape", "iou")}
                for c in range(8) if found["area"][i, c] > 0}
        rows.append({"scene": W.SCENES[found["scene"][i]], "seen": seen})
    return rows


def verdict(frames, spec):
    found = {k: round(v.item(), 6) for k, v in E.judge_videos(frames[None], torch.tensor([spec])).items()}
    return found | {"motion_class": W.MOTIONS[found["motion_class"]]}


def changed(spec):
    """Specs that say one thing differently."""
    for field in (W.SHAPE_A, W.COLOR_A, W.SCENE, W.MOTION) + ((W.SHAPE_B, W.RELATION) if spec[W.N] == 2 else ()):
        other = list(spec)
        other[field] = other[field] % 4 + 1 if field == W.RELATION else (other[field] + 3) % 7
        if other[W.N] == 1 or other[W.COLOR_A] != other[W.COLOR_B]:
            yield other


def case(name, spec, clip):
    pixels = strip(clip)
    Image.fromarray(pixels.numpy()).save(Path(out) / f"{name}.png", optimize=True)
    frames = pixels.view(-1, 128, 128, 3).permute(0, 3, 1, 2).float() / 255
    track = E.track(E.frame_facts(frames), torch.tensor([spec]), len(frames))
    return {"prompt": prompt(spec), "frames": facts(frames), "verdict": verdict(frames, spec),
            "track": {k: round(v.item(), 5) for k, v in track.items() if k != "motion"},
            "against": {prompt(other): verdict(frames, other) for other in SPECS.values()} | {
                prompt(other): verdict(frames, other) for other in changed(spec)}}


torch.manual_seed(7)
cases = {}
for name, spec in SPECS.items():
    row = torch.tensor([spec])
    clip = render(row, W.layout(row), torch.arange(16))[0]
    cases[name] = case(name, spec, clip)
    bad = spoilt(name, clip)
    if bad is not None:
        cases[name + "-spoilt"] = case(name + "-spoilt", spec, bad)

rng = random.Random(3)
rows = W.sample_specs(200, rng, two=0.5).tolist()
(Path(out) / "judge.json").write_text(json.dumps(
    {"cases": cases, "prompts": sorted({prompt(s) for s in rows})[:60]}, indent=1) + "\n")
