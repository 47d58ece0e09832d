# SPDX-License-Identifier: Apache-2.0
"""Compiles the step of the joint stages ahead, while the stages before them run: it takes four minutes of a processor
and hardly any of the GPU. What comes out lies in the compiler's cache on disk, from where it takes half a minute.

Started by `train.py --compile`, with the same switches.
"""
import atexit
import random
import subprocess
import sys

import torch

import world as W
from data import worded
from stage_diffusion import Diffusion, train_joint
from workspace import Workspace

CLIPS = 512


class Ahead(Diffusion):
    """The joint network as it is before any training; what it learns is of no use."""

    def save(self):
        pass


def start(args):
    """The process that compiles, which ends with this one; None without --compile, or without stages that need it."""
    if not args.compile or "joint:" not in args.stages:
        return None
    switches = [s for s in ("--tiny", "--graph") if getattr(args, s[2:])]
    process = subprocess.Popen([sys.executable, __file__, f"{args.work}/ahead", *switches])
    atexit.register(process.terminate)
    return process


def noise(ws):
    """A cache of clips as data.make_cache has it, of nothing but noise."""
    rng = random.Random(1)
    texts, rows = worded(W.sample_specs(CLIPS, rng).tolist(), rng)
    latents = torch.randn(CLIPS, 16, 4, 16, 16, device=ws.dev).half()
    return {"latents": latents, "ids": ws.ids(texts).view(CLIPS, -1, 77).to(torch.int16), "targets": rows.to(ws.dev)}


if __name__ == "__main__":
    workspace = Workspace(sys.argv[1], "--tiny" in sys.argv, "--graph" in sys.argv)
    train_joint(Ahead(workspace, compiled=True), noise(workspace), 1, 1)
