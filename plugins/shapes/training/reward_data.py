# SPDX-License-Identifier: Apache-2.0
"""Pictures and texts for the scorer: pairs of specs that differ in one thing their prompts name, and generated
groups."""
import random

import torch
import torch.nn.functional as F

import evaluate as E
import world as W
from captions import caption, prompt
from check import pipeline
from parse import targets
from render import render

KINDS = ["color", "shape", "scene", "count", "relation", "swap"]
CRITERIA = ["color", "shape", "count", "relation", "scene"]
WEIGHTS = [1.0, 1.0, 1.0, 1.5, 0.5]
WORDINGS = 4
SEEN = [0, 1] + list(range(9, 17))  # the fields of parse.targets that a still picture shows whatever its caption


def mutate(spec, rng):
    """Specs that differ from the given ones in one property that their prompt names, and the kind of each change."""
    rows, kinds = [], []
    for s in spec.tolist():
        kind = rng.choice(KINDS[:4] if s[W.N] == 1 else KINDS)
        rows.append(_changed(list(s), kind, s[W.N] == 2 and rng.random() < 0.5, rng))
        kinds.append(KINDS.index(kind))
    return torch.tensor(rows), torch.tensor(kinds)


def _changed(s, kind, second, rng):
    other = lambda n, *not_these: rng.choice([v for v in range(n) if v not in not_these])
    if kind == "color":
        s[W.COLOR_B if second else W.COLOR_A] = other(8, s[W.COLOR_A], s[W.COLOR_B] if s[W.N] == 2 else -1)
    elif kind == "shape":
        c = W.SHAPE_B if second else W.SHAPE_A
        s[c] = other(8, s[c])
    elif kind == "scene":
        s[W.SCENE] = other(len(W.SCENES), s[W.SCENE])
    elif kind == "relation":
        s[W.RELATION] = 1 + other(4, s[W.RELATION] - 1)
    elif kind == "swap":
        s[W.COLOR_A], s[W.COLOR_B] = s[W.COLOR_B], s[W.COLOR_A]
    elif s[W.N] == 2:
        s[W.N] = 1
        if second:
            s[W.COLOR_A], s[W.SHAPE_A] = s[W.COLOR_B], s[W.SHAPE_B]
    else:
        s[W.N], s[W.RELATION] = 2, rng.randrange(1, 5)
        s[W.COLOR_B], s[W.SHAPE_B], s[W.SIZE_A] = other(8, s[W.COLOR_A]), rng.randrange(8), rng.randrange(2)
    if s[W.MOTION] == 8 and s[W.N] == 2:
        s[W.MOTION] = 0
    return s


def criteria(picture, text):
    """What a true picture of one spec fulfils of another spec's prompt: (n, 5) booleans, as evaluate.judge_images."""
    of = lambda c: lambda rows: rows[:, c]
    two_p, two_t = picture[:, W.N] == 2, text[:, W.N] == 2

    def found(color):
        """Where the text's object is in the picture: 0 nowhere, 1 object A, 2 object B."""
        c = of(color)(text)
        return torch.where(c == picture[:, W.COLOR_A], 1, torch.where((c == picture[:, W.COLOR_B]) & two_p, 2, 0))

    def shaped(where, shape):
        s = of(shape)(text)
        return torch.where(where == 1, s == picture[:, W.SHAPE_A], (where == 2) & (s == picture[:, W.SHAPE_B]))

    a, b = found(W.COLOR_A), found(W.COLOR_B)
    r = picture[:, W.RELATION]
    seen = torch.where(a == 1, r, ((r - 1) ^ 1) + 1)
    relation = (a > 0) & (b > 0) & (a != b) & (seen == text[:, W.RELATION])
    return torch.stack([(a > 0) & ((b > 0) | ~two_t), shaped(a, W.SHAPE_A) & (shaped(b, W.SHAPE_B) | ~two_t),
                        two_p == two_t, relation | ~two_t, picture[:, W.SCENE] == text[:, W.SCENE]], 1)


def shrink(x, size):
    x = F.interpolate(x, (size, size), mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)
    return (x * 255).round().byte()


@torch.no_grad()
def pictures(ws, vae, spec, size):
    """One random frame of each spec (n, 3, size, size) uint8; half of them through the autoencoder, as every generated
    picture is."""
    out = torch.empty(len(spec), 3, size, size, dtype=torch.uint8, device=ws.dev)
    for i in range(0, len(spec), 512):
        s = spec[i:i + 512].to(ws.dev)
        x = render(s, W.layout(s), torch.rand(len(s), 1, device=ws.dev) * 15)[:, 0]
        with ws.autocast():
            x[::2] = (vae.decode(vae.encode(x[::2] * 2 - 1).latent_dist.mean).sample.float() / 2 + 0.5).clamp(0, 1)
        out[i:i + 512] = shrink(x, size)
    return out


def wordings(ws, spec, rng):
    """Token ids (n, WORDINGS, 35): the prompt without and with motion, then free captions that leave nothing out."""
    ids = []
    for s in spec.tolist():
        free = [caption(s, rng, motion=rng.random() < 0.5, vague=0)[0] for _ in range(WORDINGS - 2)]
        ids.append([ws.wordpiece(t) for t in [prompt(s, False), prompt(s)] + free])
    return torch.tensor(ids, dtype=torch.int16).to(ws.dev)


def make_pairs(ws, vae, n, size, seed=21):
    """n pairs of specs with their pictures and texts; every tensor's second axis is (the spec, its mutation)."""
    rng = random.Random(seed)
    spec = W.sample_specs(n, rng, two=0.65)
    wrong, kind = mutate(spec, rng)
    both = torch.stack([spec, wrong], 1)
    seen = torch.tensor([targets(s, {"scene", "relation"}) for s in both.flatten(0, 1).tolist()], dtype=torch.int8)
    seen[:, [i for i in range(seen.shape[1]) if i not in SEEN]] = -1
    truth = torch.stack([torch.stack([criteria(both[:, i], both[:, t]) for t in (0, 1)], 1) for i in (0, 1)], 1)
    to = lambda x: x.to(ws.dev)
    return {"images": torch.stack([pictures(ws, vae, s, size) for s in (spec, wrong)], 1),
            "ids": torch.stack([wordings(ws, s, rng) for s in (spec, wrong)], 1), "kind": to(kind),
            "seen": to(seen.view(n, 2, -1)), "truth": to(truth)}  # truth (n, picture, text, criterion)


@torch.no_grad()
def make_groups(ws, diffusion, n, size, per=8, seed=22):
    """Generated groups: `per` samples of each of n prompts, judged by evaluate.py."""
    rng, pipe, step = random.Random(seed), pipeline(ws, diffusion), 64
    spec = W.sample_specs(n, rng, two=0.7)
    texts = [prompt(s, rng.random() < 0.5) for s in spec.tolist()]
    images, truth = [], []
    for i in range(0, n, step):
        each = [t for t in texts[i:i + step] for _ in range(per)]
        x = pipe.decode(pipe.image(each, rng.choice([1.0, 2.0, 4.0, 7.5]), rng.choice([5, 8, 20])))[:, 0]
        j = E.judge_images(E.frame_facts(x), spec[i:i + step].repeat_interleave(per, 0).to(ws.dev))
        truth.append(torch.stack([j[k] for k in CRITERIA], 1).view(-1, per, len(CRITERIA)))
        images.append(shrink(x, size).view(-1, per, 3, size, size))
    truth = torch.cat(truth)
    merit = (truth * torch.tensor(WEIGHTS, device=ws.dev)).sum(2) + truth.all(2)
    ids = torch.tensor([ws.wordpiece(t) for t in texts], device=ws.dev)
    return {"images": torch.cat(images), "ids": ids, "truth": truth, "merit": merit}


def degrade(x):
    """Blur, noise, fade, cut or smear each image of (n, 3, s, s) at random."""
    n, s = len(x), x.shape[-1]
    r = torch.rand(n, 1, 1, 1, device=x.device)
    kind = torch.randint(5, (n, 1, 1, 1), device=x.device)
    blur = F.interpolate(F.avg_pool2d(x, 4), (s, s), mode="bilinear")
    noise = (x + 0.35 * (0.3 + r) * torch.randn_like(x)).clamp(0, 1)
    fade = x * (0.25 + 0.5 * r) + (1 - (0.25 + 0.5 * r)) * x.mean((2, 3), keepdim=True)
    c = torch.arange(s, device=x.device).view(1, 1, 1, s) / s
    cut = torch.where((c < 0.35 + 0.3 * r), x, x.flip(0))
    smear = 0.5 * x + 0.5 * torch.roll(x, (s // 6, s // 6), (2, 3))
    for k, y in enumerate((blur, noise, fade, cut)):
        smear = torch.where(kind == k, y, smear)
    return smear
