# SPDX-License-Identifier: Apache-2.0
"""Measures a finished pack, as its users load it: fp16 weights through diffusers and transformers, run in fp32.

usage: python measure.py PACK RESULTS.json [--images 512] [--videos 512] [--anchors 128] [--i4vgen 0]
       [--pairs 3200]
Every number is a count out of n fresh prompts with its 95 % interval (Wilson).
"""
import argparse
import json
import random

import torch
from diffusers import AutoencoderKL, MotionAdapter, UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPTextModel, CLIPTokenizer

import evaluate as E
import models as M
import reward_data as D
import reward_model as R
import world as W
from captions import prompt
from check import half_and_half
from render import render
from sampling import Pipeline
from sheets import sheet
from vocab import WordPiece

CODE, STEPS = [10.0] * 3 + [1.0] * 22, 25


def wilson(k, n, z=1.96):
    """[count, n, share, lower, upper]"""
    p, d = k / n, 1 + z * z / n
    half = z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return [int(k), n] + [round(v, 3) for v in (p, (p + z * z / (2 * n) - half) / d, (p + z * z / (2 * n) + half) / d)]


def load(pack, dev):
    with open(f"{pack}/pack.json") as f:
        card = json.load(f)
    fp32 = lambda cls, folder: cls.from_pretrained(f"{pack}/{folder}", torch_dtype=torch.float32).to(dev).eval()
    net = M.join(fp32(UNet2DConditionModel, "unet"), fp32(MotionAdapter, "motion_adapter")).to(dev).eval()
    with open(f"{pack}/reward/config.json") as f:
        reward = R.ImageReward(json.load(f)).to(dev).eval()
    reward.load_state_dict({k: v.to(torch.float32) if v.is_floating_point() else v
                            for k, v in load_file(f"{pack}/reward/model.safetensors").items()})
    pipe = Pipeline(net, fp32(CLIPTextModel, "text_encoder"), fp32(AutoencoderKL, "vae"),
                    CLIPTokenizer.from_pretrained(f"{pack}/tokenizer"), card["scaling_factor"], dev, reward,
                    WordPiece(f"{pack}/reward/vocab.txt"))
    return pipe, card["defaults"]["guidance_scale"]


def counts(result, spec, keys):
    out = {}
    for name, rows in (("one", spec[:, W.N] == 1), ("two", spec[:, W.N] == 2)):
        if rows.any():
            out[name] = {k: wilson(float((result[k][rows] >= 0.5).sum()), int(rows.sum())) for k in keys}
    return out


class Measurement:
    def __init__(self, pack, path, guidance, batch):
        self.dev = "cuda" if torch.cuda.is_available() else "cpu"
        self.pipe, default = load(pack, self.dev)
        self.cfg, self.path, self.batch, self.results = guidance or default, path, batch, {}
        self.results["guidance"] = self.cfg

    def note(self, name, value):
        self.results[name] = value
        print(name, json.dumps(value), flush=True)
        with open(self.path, "w") as f:
            json.dump(self.results, f, indent=1)

    def noise(self, n, frames, seed):
        return torch.randn(n, 4, frames, 16, 16, generator=torch.Generator().manual_seed(seed)).to(self.dev)

    def images(self, n):
        spec = half_and_half(n, 4001)
        prompts, z = [prompt(s, False) for s in spec.tolist()], self.noise(n, 1, 1)
        x = torch.cat([self.pipe.decode(self.pipe.image(prompts[i:i + 64], self.cfg, z=z[i:i + 64]))
                       for i in range(0, n, 64)])[:, 0]
        spec = spec.to(self.dev)
        self.note("text-to-image", counts(E.judge_images(E.frame_facts(x), spec), spec,
                                          ["object", "relation", "scene", "all"]))
        pick = [*range(min(9, n // 2)), *range(n // 2, min(n, n // 2 + 9))]
        sheet(x[pick][:, None], [prompts[i] for i in pick], self.path.replace(".json", "-images.png"), columns=6)

    def judged(self, name, spec, prompts, make):
        """Judges clips made a few at a time; clips are not kept, but for a sheet of them."""
        results, shown, n = [], [], len(spec)
        pick = sorted({*range(min(n, 8)), *range(n // 2, min(n, n // 2 + 8))})
        for i in range(0, n, self.batch):
            rows = slice(i, min(n, i + self.batch))
            clips = self.pipe.decode(make(rows))
            results.append(E.judge_videos(clips, spec[rows].to(self.dev)))
            shown += [clips[j - i, ::3].cpu() for j in range(i, rows.stop) if j in pick]
        r = {k: torch.cat([q[k] for q in results]).cpu() for k in results[0]}
        out = counts(r, spec, ["object_clip", "relation_clip", "scene_clip", "motion", "success", "dynamic_degree"])
        rows = {w: spec[:, W.MOTION] == i for i, w in enumerate(W.MOTIONS)}
        total = lambda key, k: int(r[key][k].sum())
        out["by motion: right, kept, of"] = {w: [total("motion", k), total("object_clip", k), int(k.sum())]
                                             for w, k in rows.items()}
        out["mean"] = {k: round(r[k].mean().item(), 4) for k in ("path_px", "subject_consistency", "flickering")}
        self.note(name, out)
        sheet(torch.stack(shown), [prompts[i] for i in pick], self.path.replace(".json", f"-{name}.png"))

    def videos(self, n, i4vgen):
        spec = half_and_half(n, 4002)
        prompts, z = [prompt(s) for s in spec.tolist()], self.noise(n, 16, 2)
        self.judged("text-to-video", spec, prompts, lambda s: self.pipe.video(prompts[s], self.cfg, z=z[s]))
        if i4vgen:
            keep = [*range(i4vgen // 2), *range(n // 2, n // 2 + i4vgen // 2)]
            spec, prompts, z = spec[keep], [prompts[i] for i in keep], z[keep]

            def make(s):
                x, r = self.pipe.candidates(prompts[s], self.cfg, z[s])
                best = x[torch.arange(len(x)), r.argmax(1)]
                return self.pipe.i4vgen(prompts[s], self.cfg, CODE, best)
            self.judged("i4vgen-code", spec, prompts, make)

    def anchors(self, n, steps):
        """The best of 16 candidates by the scorer against the first one, all criteria, and their paired difference."""
        spec = half_and_half(n, 4003).view(2, n // 2, -1).transpose(0, 1).flatten(0, 1)
        prompts, z = [prompt(s) for s in spec.tolist()], self.noise(n, 16, 3)
        first, best = [], []
        for i in range(0, n, self.batch):
            rows = slice(i, i + self.batch)
            x, r = self.pipe.candidates(prompts[rows], self.cfg, z[rows], steps)
            s = spec[rows].to(self.dev)
            for out, latents in ((first, x[:, 0]), (best, x[torch.arange(len(x)), r.argmax(1)])):
                picture = self.pipe.decode(latents[:, :, None])[:, 0]
                out.append(E.judge_images(E.frame_facts(picture), s)["all"].float().cpu())
            if (i // self.batch) % 16 == 15 or i + self.batch >= n:
                self.compared(f"anchors of {steps} steps, all criteria", torch.cat(first), torch.cat(best))

    def compared(self, name, first, best):
        d, n = best - first, len(best)
        half = 1.96 * d.std().item() / n ** 0.5
        self.note(name, {
            "first": wilson(first.sum().item(), n), "best of 16": wilson(best.sum().item(), n),
            "gained": int((d > 0).sum()), "lost": int((d < 0).sum()),
            "difference": [round(v, 3) for v in (d.mean().item(), d.mean().item() - half, d.mean().item() + half)]})

    def pairs(self, n):
        """Does the scorer prefer the prompt's own (rendered) picture to one that differs in one thing it names?"""
        rng = random.Random(4004)
        spec = W.sample_specs(n, rng, two=0.65)
        wrong, kind = D.mutate(spec, rng)
        prompts = [prompt(s, False) for s in spec.tolist()]
        scores = []
        for rows in (spec, wrong):
            picture = lambda s: render(s, W.layout(s), torch.rand(len(s), 1, device=self.dev) * 15)[:, 0]
            scores.append(torch.cat([self.pipe.score(picture(rows[i:i + 64].to(self.dev)), prompts[i:i + 64])
                                     for i in range(0, n, 64)]).cpu())
        right = scores[0] > scores[1]
        self.note("matching over mismatching", {"all": wilson(right.sum().item(), n)} | {
            k: wilson(right[kind == i].sum().item(), int((kind == i).sum()))
            for i, k in enumerate(D.KINDS) if (kind == i).any()})


@torch.no_grad()
def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("pack")
    ap.add_argument("results")
    for name, n in (("images", 512), ("videos", 512), ("anchors", 128), ("i4vgen", 0), ("pairs", 3200)):
        ap.add_argument("--" + name, type=int, default=n, help="prompts; 0 leaves it out")
    ap.add_argument("--anchor-steps", type=int, default=STEPS, help="DDIM steps of the candidates")
    ap.add_argument("--guidance", type=float, help="another scale than the pack's default")
    ap.add_argument("--batch", type=int, default=16, help="clips at a time")
    args = ap.parse_args()
    m = Measurement(args.pack, args.results, args.guidance, args.batch)
    if args.pairs:
        m.pairs(args.pairs)
    if args.images:
        m.images(args.images)
    if args.anchors:
        m.anchors(args.anchors, args.anchor_steps)
    if args.videos:
        m.videos(args.videos, args.i4vgen)


if __name__ == "__main__":
    main()
