# SPDX-License-Identifier: Apache-2.0
"""A quick measurement of networks still in training."""
import json
import random

import torch

import evaluate as E
import world as W
from captions import prompt
from data import load_vae
from sampling import Pipeline
from sheets import sheet

IMAGE_KEYS = ["color", "shape", "count", "object", "relation", "scene", "all"]
VIDEO_KEYS = ["color", "shape", "count", "object_clip", "relation_clip", "scene_clip", "all_clip", "motion", "success",
              "dynamic_degree", "path_px", "subject_consistency", "flickering"]


def half_and_half(n, seed):
    """n specs, the first half with one object, the second with two."""
    rng = random.Random(seed)
    return torch.cat([W.sample_specs(n // 2, rng, two=0), W.sample_specs(n // 2, rng, two=1)])


def pipeline(ws, diffusion):
    scale = diffusion.std / ws.meta("vae")["latent_std"]
    return Pipeline(diffusion.net.eval(), diffusion.text.eval(), load_vae(ws), ws.tok, scale, ws.dev)


@torch.no_grad()
def quick(ws, diffusion, n, guidance=(3.0, 5.0, 7.5)):
    n = ws.size(n)
    pipe, res = pipeline(ws, diffusion), {}
    spec = half_and_half(n, 777).to(ws.dev)
    for motion in (False, True):
        prompts = [prompt(s, motion) for s in spec.tolist()]
        torch.manual_seed(1234)
        z = torch.randn(n, 4, 16 if motion else 1, 16, 16, device=ws.dev)
        for cfg in guidance[:1] if ws.tiny else guidance:
            if motion:
                x = torch.cat([pipe.decode(pipe.video(prompts[i:i + 64], cfg, z=z[i:i + 64])) for i in range(0, n, 64)])
                r = E.summary(E.judge_videos(x, spec), spec, VIDEO_KEYS)
            else:
                x = pipe.decode(pipe.image(prompts, cfg, z=z))
                r = E.summary(E.judge_images(E.frame_facts(x[:, 0]), spec), spec, IMAGE_KEYS)
            name = f"{'t2v' if motion else 't2i'} {cfg}"
            res[name] = r
            keys = ["object_clip", "relation_clip", "motion", "success"] if motion else ["object", "relation", "all"]
            ws.log(name, {g: {k: r[g][k] for k in keys} for g in ("one", "two") if g in r})
            pick = [i for h in (0, n // 2) for i in range(h, h + min(6, n // 2))]
            path = f"{ws.folder}/{name.replace(' ', '-')}.png"
            sheet(x[pick][:, ::3], [prompts[i] for i in pick], path, 2 if motion else 6)
    with open(f"{ws.folder}/check.json", "w") as f:
        json.dump(res, f, indent=1)
