# SPDX-License-Identifier: Apache-2.0
"""Trains a SparseCtrl network for the shapes UNet and its motion modules, which stay as they are.

usage: python stage_sparsectrl.py --kind rgb|scribble --base WORK --work DIR --pack PACK --graph
       (--seconds 240 | --deadline EPOCH) [--begin EPOCH] [--tiny]

Draws its clips once the base's autoencoder is there. From --begin on it takes what networks the base's --work then has,
and again newer ones before each of its rounds, so it may start on a base that is still in training. After each round
the weights are written, to --work and as fp16 to --pack.
"""
import argparse
import random
import time

import torch

import export_parts
import world as W
from captions import MOTION_WORDS
from data import encode_clips, load_vae, worded
from fit import Fit
from models import text_hidden
from render import render
from scribble import given_frames, outlines
from snapshot import take_networks, wait_for_vae
from sparsectrl_model import Controlled, build, copy_encoder
from stage_diffusion import Balance, Diffusion
from workspace import Workspace

SHARES = (0.3, 0.35, 0.35)  # of the time, a round each


def motion_texts():
    """[[three captions that tell the motion alone] for each motion]."""
    return [[w for w in (MOTION_WORDS[m] * 3)[:3]] for m in W.MOTIONS]


class Clips:
    """Encoded clips with their scribbles and captions, on the device."""

    def __init__(self, ws, base, kind, clips):
        rng = random.Random(13)
        self.ws, self.kind = ws, kind
        self.spec = W.sample_specs(ws.size(clips), rng, two=0.4)
        texts, _ = worded(self.spec.tolist(), rng)
        self.ids = ws.ids(texts).view(len(self.spec), -1, 77)
        self.motion = ws.ids([w for words in motion_texts() for w in words]).view(len(W.MOTIONS), 3, 77)
        self.empty = ws.ids([""])
        wait_for_vae(ws, base)
        self.spec = self.spec.to(ws.dev)
        if kind == "rgb":
            self.latents = encode_clips(ws, self.spec.cpu())
            self.scribbles = None
        else:
            self.latents, self.scribbles = self.draw()
        ws.log("sparsectrl: drew", len(self.spec), "clips")

    @torch.no_grad()
    def draw(self, chunk=64):
        """Latents (n, 16, 4, 16, 16) and scribbles (n, 16, 128, 128) uint8 of the same clips."""
        vae, unit = load_vae(self.ws), self.ws.meta("vae")["latent_std"]
        latents, scribbles = [], []
        for s in self.spec.split(chunk):
            lay, t = W.layout(s), torch.arange(W.FRAMES)
            with self.ws.autocast():
                z = vae.encode(render(s, lay, t).flatten(0, 1) * 2 - 1).latent_dist.mean
            latents.append((z.float() / unit).view(-1, 16, 4, 16, 16).half())
            scribbles.append((outlines(s, lay, t) * 255).round().byte())
        return torch.cat(latents), torch.cat(scribbles)

    def batch(self, b, std):
        """Scaled latents (b, 4, f, 16, 16), token ids, given frames and their mask."""
        dev = self.ws.dev
        i = torch.randint(len(self.spec), (b,), device=dev)
        x = self.latents[i].transpose(1, 2).float() * std
        mask = given_frames(b, W.FRAMES, dev)[:, None, :, None, None]
        if self.kind == "rgb":
            given, mask = x * mask, mask.expand(-1, -1, -1, *x.shape[-2:])
        else:
            picture = self.scribbles[i][:, None].float() / 255
            given, mask = (picture * mask).expand(-1, 3, -1, -1, -1), mask.expand_as(picture)
        return x, self.words(i), given, mask

    def words(self, i):
        """Whole captions for 6 clips in 10, else the motion alone, else nothing: then only the given frames tell."""
        dev, b = self.ws.dev, len(i)
        ids = self.ids[i, torch.randint(2, (b,), device=dev)]
        alone = self.motion[self.spec[i, W.MOTION], torch.randint(3, (b,), device=dev)]
        r = torch.rand(b, 1, device=dev)
        return torch.where(r < 0.6, ids, torch.where(r < 0.85, alone, self.empty))


class SparseCtrl:
    """The frozen base and the network in training."""

    def __init__(self, ws, kind):
        self.ws, self.kind, self.control = ws, kind, build(kind)
        self.base = Diffusion(ws)
        for p in [*self.base.net.parameters(), *self.base.text.parameters()]:
            p.requires_grad_(False)
        self.base.net.eval(), self.base.text.eval()
        if not ws.load(kind, self.control):
            copy_encoder(self.control, self.base.net)
        self.control.to(ws.dev)
        self.balance = Balance(ws.dev)

    def reload(self):
        """The base's newest networks, in place."""
        self.ws.load("unet", self.base.net)
        self.ws.load("motion", self.base.net)
        self.ws.load("text", self.base.text)

    def loss(self, clips, b):
        x, ids, given, mask = clips.batch(b, self.base.std)
        t = ((torch.arange(b, device=x.device) + torch.rand(b, device=x.device)) * (1000 / b)).long().clamp(max=999)
        a = self.base.ab[t].view(-1, 1, 1, 1, 1)
        eps = torch.randn_like(x)
        with self.ws.autocast():
            ctx = text_hidden(self.base.text, ids)[:, None].expand(-1, x.shape[2], -1, -1).flatten(0, 1)
            out = Controlled(self.base.net, self.control, given, mask)(a.sqrt() * x + (1 - a).sqrt() * eps, t, ctx)
        return self.balance((out.sample.float() - eps).pow(2).mean((1, 2, 3, 4)), t)

    def fit(self, clips, seconds, last, batch=48, lr=1e-3):
        self.control.train()
        step = lambda: self.loss(clips, self.ws.size(batch))
        Fit(self.ws, self.kind, [(list(self.control.parameters()), 1)], lr, step, decay=0.995, warm=50,
            floor=0.02 if last else 0.4).run(seconds, every=200)
        self.ws.log("error by noise level:", [round(v, 3) for v in self.balance.mean.tolist()])
        self.control.eval()
        self.ws.store(self.kind, self.control.state_dict(), {"latent_std": self.base.std})


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--kind", choices=("rgb", "scribble"), required=True)
    for name in ("--base", "--work", "--pack"):
        ap.add_argument(name, required=True)
    ap.add_argument("--seconds", type=float, default=240, help="from the start of this program")
    ap.add_argument("--deadline", type=float, help="the end, in seconds since 1970, instead of --seconds")
    ap.add_argument("--begin", type=float, default=0, help="seconds since 1970: not earlier")
    ap.add_argument("--clips", type=int, default=24576, help="to draw")
    ap.add_argument("--batch", type=int, default=48, help="clips a step")
    ap.add_argument("--rate", type=float, default=1e-3, help="the learning rate")
    ap.add_argument("--tiny", action="store_true", help="toy sizes, for a dry run on a CPU")
    ap.add_argument("--graph", action="store_true", help="capture each training step as a CUDA graph")
    return ap.parse_args()


def main():
    args = arguments()
    end = args.deadline or time.time() + args.seconds
    ws = Workspace(args.work, args.tiny, args.graph)
    clips = Clips(ws, args.base, args.kind, args.clips)
    version = None
    while version is None or time.time() < args.begin:
        version = take_networks(ws, args.base) if time.time() >= args.begin else None
        time.sleep(1 if version is None else 0)
    sparse, done = SparseCtrl(ws, args.kind), 0.0
    for i, share in enumerate(SHARES):
        if i and (newer := take_networks(ws, args.base, version)) != version:
            version = newer
            sparse.reload()
        seconds = max(1.0, end - time.time() - 8) * share / (1 - done)
        done += share
        sparse.fit(clips, seconds, i == len(SHARES) - 1, args.batch, args.rate)
        export_parts.sparsectrl(args.work, args.kind, args.pack)
        ws.log("sparsectrl: exported round", i + 1)


if __name__ == "__main__":
    main()
