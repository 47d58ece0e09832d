# SPDX-License-Identifier: Apache-2.0
"""Measures what stage_lavie.py and stage_sparsectrl.py trained, with the weights rounded to fp16 as they are exported.

usage: python measure_parts.py lavie WORK RESULTS.json [--prompts 256] [--guidance 5,7.5] [--samplers ddim:25,ddpm:50]
       python measure_parts.py rgb|scribble WORK RESULTS.json [--prompts 256] [--guidance 5] [--captions ...]

Every number is a count out of n fresh prompts, half with one object, with its 95 % interval (Wilson). For a finished
pack, make WORK with snapshot.py.
"""
import argparse
import json
import random

import torch
import torch.nn.functional as F

import evaluate as E
import lavie_model
import world as W
from captions import MOTION_WORDS, prompt
from check import half_and_half
from data import load_vae
from measure import counts, wilson
from render import render
from sampling import Pipeline
from scribble import outlines
from sheets import sheet
from sparsectrl_model import Controlled
from workspace import Workspace

NEAR, SIZES = 6, (0.8, 1.25)  # pixels; how many times as wide
VIDEO_KEYS = ["color_clip", "shape_clip", "object_clip", "relation_clip", "scene_clip", "all_clip", "motion", "success",
              "dynamic_degree"]


def rounded(net, dev):
    for p in net.parameters():
        p.data = p.data.half().float()
    return net.to(dev).eval()


class LaviePipeline(Pipeline):
    """LaVie's schedule and its grid: 980, 960, ..., 0 for 50 steps."""

    def __init__(self, *args):
        super().__init__(*args)
        self.ab, self.ancestral = lavie_model.ALPHAS.to(self.dev), False

    def denoise(self, x, ctx, un, cfg, steps=25):
        stride = 1000 // steps
        for t in range((steps - 1) * stride, -1, -stride):
            a = self.ab[t]
            b = self.ab[t - stride] if t >= stride else torch.ones_like(a)
            e = self.eps(x, t, ctx, un, cfg)
            x0 = (x - (1 - a).sqrt() * e) / a.sqrt()
            if self.ancestral:
                beta = 1 - a / b
                x = b.sqrt() * beta / (1 - a) * x0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
                x = x + ((1 - b) / (1 - a) * beta).sqrt() * torch.randn_like(x)
            else:
                x = b.sqrt() * x0 + (1 - b).sqrt() * e
        return x


class Results:
    def __init__(self, path):
        self.path, self.all = path, {}

    def note(self, name, value):
        self.all[name] = value
        print(name, json.dumps(value), flush=True)
        with open(self.path, "w") as f:
            json.dump(self.all, f, indent=1)


def in_parts(n, size, make):
    """Dictionaries of (rows, ...) tensors that make(slice) returns, put together on the CPU."""
    parts = [make(slice(i, min(n, i + size))) for i in range(0, n, size)]
    return {k: torch.cat([p[k].cpu() for p in parts]) for k in parts[0]}


def some(n):
    return [*range(min(8, n // 2)), *range(n // 2, n // 2 + min(8, n // 2))]


def picture(name, path, r, prompts, spec):
    pick = some(len(spec))
    sheet(r["shown"][pick], [prompts[i] for i in pick], path.replace(".json", f"-{name}.png"))


def by_motion(r, spec):
    return {w: [int(r[k][spec[:, W.MOTION] == i].sum()) for k in ("motion", "object_clip")] +
            [int((spec[:, W.MOTION] == i).sum())] for i, w in enumerate(W.MOTIONS)}


def lavie(ws, args, out):
    from stage_lavie import Lavie
    part = Lavie(ws)
    pipe = LaviePipeline(rounded(part.net, ws.dev), rounded(part.text, ws.dev), load_vae(ws), ws.tok,
                         part.std / ws.meta("vae")["latent_std"], ws.dev)
    spec = half_and_half(args.prompts, 5001)
    z = torch.randn(len(spec), 4, 16, 16, 16, generator=torch.Generator().manual_seed(7)).to(ws.dev)
    for sampler in args.samplers.split(","):
        kind, steps = sampler.split(":")
        pipe.ancestral = kind == "ddpm"
        for cfg in (float(v) for v in args.guidance.split(",")):
            torch.manual_seed(1)
            texts = [prompt(s) for s in spec.tolist()]

            def videos(rows):
                clips = pipe.decode(pipe.video(texts[rows], cfg, int(steps), z[rows]))
                return E.judge_videos(clips, spec[rows].to(ws.dev)) | {"shown": clips[:, ::3]}

            r = in_parts(len(spec), args.batch, videos)
            name = f"clips-{kind}{steps}-guidance{cfg:g}"
            out.note(name, counts(r, spec, VIDEO_KEYS) | {"by motion: right, kept, of": by_motion(r, spec)} | {
                k: round(r[k].mean().item(), 4) for k in ("path_px", "subject_consistency", "flickering")})
            picture(name, args.results, r, texts, spec)
        texts = [prompt(s, False) for s in spec.tolist()]

        def images(rows):
            x = pipe.decode(pipe.image(texts[rows], cfg, int(steps), z[rows, :, :1]))
            return E.judge_images(E.frame_facts(x[:, 0]), spec[rows].to(ws.dev)) | {"shown": x}

        r = in_parts(len(spec), 64, images)
        out.note(f"images-{kind}{steps}-guidance{cfg:g}", counts(r, spec, ["object", "relation", "scene", "all"]))
        picture(f"images-{kind}{steps}", args.results, r, texts, spec)


def largest(facts):
    """The largest object of each frame, whatever its colour: colour, shape, centre, width, each (n,)."""
    color = facts["area"].argmax(1, keepdim=True)
    pick = lambda k: facts[k].gather(1, color)[:, 0]
    seen = pick("area") > 0
    return (color[:, 0].where(seen, torch.full_like(color[:, 0], -1)), pick("shape"),
            torch.stack([pick("cx"), pick("cy")], 1), pick("area").sqrt())


def kept(clips, given, spec):
    """What of the given first frames (n, 3, h, w) is found in the clips (n, f, 3, h, w): (n,) of 0 and 1.

    Colour and shape of the largest object in three quarters of the frames; its place and width in the first."""
    n, f = clips.shape[:2]
    color, shape, _, _ = (v.view(n, f, *v.shape[1:]) for v in largest(E.frame_facts(clips.flatten(0, 1))))
    of_all = lambda v, column: ((v == spec[:, column, None]).float().mean(1) >= 0.75).float()
    _, _, centre, width = largest(E.frame_facts(clips[:, 0]))
    _, _, centre0, width0 = largest(E.frame_facts(given))
    near = (centre - centre0).norm(dim=1) <= NEAR
    wide = width / width0.clamp(min=1)
    out = {"color": of_all(color, W.COLOR_A), "shape": of_all(shape, W.SHAPE_A), "place": near.float(),
           "width": ((wide > SIZES[0]) & (wide < SIZES[1])).float()}
    return {"kept " + k: v for k, v in out.items()} | {
        "kept color and shape": out["color"] * out["shape"], "kept shape and place": out["shape"] * out["place"]}


def sparsectrl(ws, kind, args, out):
    from stage_sparsectrl import SparseCtrl
    part = SparseCtrl(ws, kind)
    control, net = rounded(part.control, ws.dev), rounded(part.base.net, ws.dev)
    pipe = Pipeline(net, rounded(part.base.text, ws.dev), load_vae(ws), ws.tok,
                    part.base.std / ws.meta("vae")["latent_std"], ws.dev)
    spec = half_and_half(args.prompts, 5002)
    torch.manual_seed(2)
    lay = W.layout(spec)
    first = render(spec, lay, torch.zeros(1))[:, 0]
    lines = outlines(spec, lay, torch.zeros(1))[:, 0]
    z = torch.randn(len(spec), 4, 16, 16, 16, generator=torch.Generator().manual_seed(8)).to(ws.dev)
    cfg = float(args.guidance.split(",")[0])

    def controlled(rows):
        if kind == "rgb":
            frame = pipe.vae.encode(first[rows].to(ws.dev) * 2 - 1).latent_dist.mean * pipe.scale
        else:
            frame = lines[rows].to(ws.dev)[:, None].expand(-1, 3, -1, -1)
        frame = frame[:, :, None]
        given = F.pad(frame, (0, 0, 0, 0, 0, W.FRAMES - 1))
        mask = F.pad(torch.ones_like(frame[:, :1]), (0, 0, 0, 0, 0, W.FRAMES - 1))
        return Controlled(net, control, given, mask)

    for name in args.captions.split(","):
        say = {"whole": prompt, "without": prompt, "motion": lambda s: MOTION_WORDS[W.MOTIONS[s[W.MOTION]]][0],
               "still": lambda s: prompt(s, False), "empty": lambda s: ""}[name]
        texts = [say(s) for s in spec.tolist()]

        def videos(rows):
            pipe.net = net if name == "without" else controlled(rows)
            clips, s = pipe.decode(pipe.video(texts[rows], cfg, 25, z[rows])), spec[rows].to(ws.dev)
            source = first[rows].to(ws.dev)
            told = source if kind == "rgb" else lines[rows].to(ws.dev)[:, None].expand(-1, 3, -1, -1)
            return E.judge_videos(clips, s) | kept(clips, source, s) | {
                "shown": torch.cat([told[:, None], clips[:, ::3]], 1)}

        r = in_parts(len(spec), args.batch, videos)
        keys = [k for k in r if k.startswith("kept")]
        one = spec[:, W.N] == 1
        res = counts(r, spec, VIDEO_KEYS)
        res["one"] |= {k: wilson(float(r[k][one].sum()), int(one.sum())) for k in keys}
        res["by motion: right, kept, of"] = by_motion(r, spec)
        out.note(f"{kind}, caption: {name}", res)
        picture(f"{kind}-{name}", args.results, r, texts, spec)


@torch.no_grad()
def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("part", choices=("lavie", "rgb", "scribble"))
    ap.add_argument("work")
    ap.add_argument("results")
    ap.add_argument("--prompts", type=int, default=256)
    ap.add_argument("--guidance", default="5")
    ap.add_argument("--samplers", default="ddim:25,ddpm:50", help="of lavie")
    ap.add_argument("--captions", default="whole,motion,without",
                    help="of sparsectrl: whole, motion (alone), still, empty; without (the network, whole caption)")
    ap.add_argument("--batch", type=int, default=32, help="clips at a time")
    args = ap.parse_args()
    ws, out = Workspace(args.work), Results(args.results)
    if args.part == "lavie":
        lavie(ws, args, out)
    else:
        sparsectrl(ws, args.part, args, out)


if __name__ == "__main__":
    main()
