# SPDX-License-Identifier: Apache-2.0
"""Training data, drawn on the fly: frames for the autoencoder, a cache of encoded clips with their captions."""
import os
import random

import torch

import world as W
from captions import caption
from models import build_vae
from parse import targets
from render import render

CAPTIONS = 4  # per clip: the first two speak of its motion, the others do not


@torch.no_grad()
def random_frames(ws, n, seed, chunk=512):
    """(n, 3, 128, 128) uint8 random single frames."""
    spec = W.sample_specs(n, random.Random(seed), two=0.5)
    out = torch.empty(n, 3, 128, 128, dtype=torch.uint8, device=ws.dev)
    for i in range(0, n, chunk):
        s = spec[i:i + chunk].to(ws.dev)
        im = render(s, W.layout(s), torch.rand(len(s), 1, device=ws.dev) * (W.FRAMES - 1))[:, 0]
        out[i:i + chunk] = (im * 255).round().byte()
    return out


def load_vae(ws):
    vae = build_vae().to(ws.dev)
    ws.load("vae", vae)
    return vae.eval()


def worded(specs, rng):
    """Captions of specs (lists), CAPTIONS each, and what `parse` should read in them: texts, int8 (n, CAPTIONS, k)."""
    texts, rows = [], []
    for s in specs:
        for k in range(CAPTIONS):
            text, said = caption(s, rng, motion=k < CAPTIONS // 2)
            texts.append(text)
            rows.append(targets(s, said))
    return texts, torch.tensor(rows, dtype=torch.int8).view(len(specs), CAPTIONS, -1)


@torch.no_grad()
def encode_clips(ws, spec):
    """Latents (n, 16, 4, 16, 16) of one random clip per spec, at unit deviation."""
    vae, unit = load_vae(ws), ws.meta("vae")["latent_std"]
    chunk = 64 if ws.cuda else 2  # a CPU is quickest with what its caches hold
    out = torch.empty(len(spec), 16, 4, 16, 16, dtype=torch.float16, device=ws.dev)
    for i in range(0, len(spec), chunk):
        s = spec[i:i + chunk].to(ws.dev)
        x = render(s, W.layout(s), torch.arange(16)).flatten(0, 1)
        with ws.autocast():
            z = vae.encode(x * 2 - 1).latent_dist.mean
        out[i:i + chunk] = (z.float() / unit).view(-1, 16, 4, 16, 16).half()
    return out


def more_spin(spec, rng, share):
    """A share of the clips is made to spin, if its shapes can: of all motions it is the hardest to keep in shape."""
    for row in spec:
        shapes = [row[W.SHAPE_A].item()] + [row[W.SHAPE_B].item()] * (row[W.N].item() == 2)
        if rng.random() < share and all(s in W.SPINNABLE for s in shapes):
            row[W.MOTION] = W.MOTIONS.index("spin")
    return spec


def make_cache(ws, clips, spin=0.0, two=0.5):
    """{"latents": (n, 16, 4, 16, 16), "ids": (n, 4, 77), "targets": (n, 4, k)} of random clips, a share
    of which is made to spin; kept in --work."""
    path = f"{ws.folder}/cache-{spin:g}.pt"
    if os.path.exists(path):
        return torch.load(path, map_location=ws.dev)
    rng = random.Random(11)
    spec = more_spin(W.sample_specs(ws.size(clips), rng, two), rng, spin)
    latents = encode_clips(ws, spec)
    ws.log("cache: encoded", len(spec), "clips")
    texts, rows = worded(spec.tolist(), rng)
    ids = ws.ids(texts).view(len(spec), CAPTIONS, 77)
    cache = {"latents": latents, "ids": ids.to(torch.int16), "targets": rows.to(ws.dev)}
    torch.save(cache, path)
    ws.log("cache: captions written")
    return cache
