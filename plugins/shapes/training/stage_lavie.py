# SPDX-License-Identifier: Apache-2.0
"""Trains the LaVie-style UNet and a text encoder of its own, beside a run of train.py whose autoencoder it shares.

usage: python stage_lavie.py --base WORK --work DIR --pack PACK --graph (--seconds 1200 | --deadline EPOCH)
       [--from-base] [--tiny]

Waits for the autoencoder of the base's --work. The remaining time goes to single frames first, then to frames and
clips together in three rounds; after each the weights are written, to --work and as fp16 to --pack.
"""
import argparse
import os
import random
import time

import torch

import export_parts
import lavie_model
import stage_text
import world as W
from data import CAPTIONS, encode_clips, more_spin, worded
from fit import Fit
from snapshot import take_networks, wait_for_vae
from stage_diffusion import Diffusion, LATENT_STD
from stage_text import load_text
from workspace import Workspace

# (name, share of the time, images, clips, learning rate, options of Fit)
ROUNDS = (("image", 0.07, 512, 0, 1.5e-3, {"decay": 0.998, "floor": 0.4}),
          ("joint", 0.23, 192, 48, 1.2e-3, {"warm": 100}),
          ("joint", 0.40, 192, 48, 1.2e-3, {"warm": 100}),
          ("joint", 0.30, 192, 48, 1.0e-3, {"warm": 100}))


class Lavie(Diffusion):
    """Text encoder, LaVie-style network and losses; the schedule is LaVie's."""

    def __init__(self, ws, std=LATENT_STD):
        self.ws, self.std = ws, std
        self.text, self.heads = load_text(ws)
        self.net = lavie_model.LavieUnet()
        ws.load("lavie", self.net.unet)
        self.net.to(ws.dev)
        self.prepare(lavie_model.ALPHAS)

    def predict(self, noisy, t, ctx):
        out = self.net(noisy, t, ctx)
        return out.sample, out.middle

    def fit(self, cache, name, seconds, images, clips, lr, **options):
        for k, p in self.net.named_parameters():
            p.requires_grad_(bool(clips) or "_temp." not in k)
        size = self.ws.size
        self.net.train(), self.text.train()
        nets = [*self.net.parameters(), *self.ways.parameters()]
        groups = [(nets, 1), (list(self.text.parameters()) + list(self.heads.parameters()), 0.3)]
        step = lambda: self.loss(cache, size(images), size(clips) if clips else 0)
        Fit(self.ws, name, groups, lr, step, **options).run(seconds, every=500)
        self.ws.log("error by noise level:", {f: [round(v, 3) for v in b.mean.tolist()]
                                              for f, b in self.balance.items()})
        self.net.eval(), self.text.eval()
        self.save()

    def save(self):
        self.ws.store("lavie", self.net.unet.state_dict(), {"latent_std": self.std})
        self.ws.store("text", self.text.state_dict())
        self.ws.store("heads", self.heads.state_dict())


def prepare(ws, base, clips):
    """data.make_cache's cache, with the captions written while the base still trains its autoencoder."""
    rng = random.Random(12)
    spec = more_spin(W.sample_specs(ws.size(clips), rng, two=0.5), rng, 0.15)
    texts, rows = worded(spec.tolist(), rng)
    ids = ws.ids(texts).view(len(spec), CAPTIONS, 77).to(torch.int16)
    ws.log("lavie: captions written")
    wait_for_vae(ws, base)
    latents = encode_clips(ws, spec)
    ws.log("lavie: encoded", len(spec), "clips")
    return {"latents": latents, "ids": ids, "targets": rows.to(ws.dev)}


def begin_with(ws, base):
    """The base's text encoder and those weights of its UNet that have the same names."""
    if take_networks(ws, base) is None:
        raise SystemExit(f"{base} has no networks to begin with")
    os.replace(ws.path("unet"), ws.path("lavie"))


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--base", "--work", "--pack"):
        ap.add_argument(name, required=True)
    ap.add_argument("--seconds", type=float, default=1200, help="from the start of this program")
    ap.add_argument("--deadline", type=float, help="the end, in seconds since 1970, instead of --seconds")
    ap.add_argument("--from-base", action="store_true", help="begin with the base's UNet and text encoder")
    ap.add_argument("--text-seconds", type=float, default=25)
    ap.add_argument("--clips", type=int, default=65536)
    ap.add_argument("--tiny", action="store_true", help="toy sizes, for a dry run on a CPU")
    ap.add_argument("--graph", action="store_true", help="capture each training step as a CUDA graph")
    return ap.parse_args()


def main():
    args = arguments()
    end = args.deadline or time.time() + args.seconds
    ws = Workspace(args.work, args.tiny, args.graph)
    if args.from_base and not ws.has("lavie"):
        begin_with(ws, args.base)
    if not ws.has("text"):
        stage_text.train(ws, args.text_seconds)
    cache = prepare(ws, args.base, args.clips)
    lavie = Lavie(ws)
    done = 0.0
    for name, share, images, clips, lr, options in ROUNDS:
        left = max(1.0, end - time.time() - 12)  # of which each round's capture takes some
        seconds = left * share / (1 - done) if done < 1 else left
        done += share
        lavie.fit(cache, name, seconds, images, clips, lr, **options)
        export_parts.lavie(args.work, args.pack)
        ws.log("lavie: exported after", name)


if __name__ == "__main__":
    main()
