# SPDX-License-Identifier: Apache-2.0
"""Trains the shapes pack from nothing on one GPU (or, for a dry run, on a CPU), stage by stage.

  vae     AutoencoderKL on random frames
  cache   encodes random clips into latents
  text    the text encoder on what captions say
  image   UNet + text encoder on single frames
  joint   the same plus the motion modules, on frames and clips
  reward  the ImageReward-style scorer, on rendered pictures
  rank    the same, on generated pictures too
  check   a quick measurement

usage: python train.py --work DIR --graph --compile [--stages vae:110,cache:65536,...] [--tiny]
A stage's number is its seconds (of `cache`: its clips; of `check`: prompts), and `@0.8` behind it a factor of its
learning rate (of `cache`: the share of clips that is made to spin). Stages pick up what is in --work, so a run that
died is continued by naming the last `cache` and the stages that are left.
"""
import argparse

import ahead
import stage_diffusion
import stage_reward
import stage_text
import stage_vae
from check import quick
from data import make_cache
from workspace import Workspace

STAGES = "vae:110,cache:65536@0.2,text:25,image:60,joint:240,reward:150,rank:40,joint:620"


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work", required=True)
    ap.add_argument("--stages", default=STAGES)
    ap.add_argument("--tiny", action="store_true", help="toy sizes, for a dry run on a CPU")
    ap.add_argument("--graph", action="store_true", help="capture each training step as a CUDA graph")
    ap.add_argument("--compile", action="store_true", help="torch.compile the joint steps, ahead of them")
    ap.add_argument("--latent-std", type=float, default=stage_diffusion.LATENT_STD)
    return ap.parse_args()


class Run:
    """One workspace and, once a stage needs them, the diffusion networks and the cache of clips."""

    def __init__(self, args):
        self.ws, self.std = Workspace(args.work, args.tiny, args.graph), args.latent_std
        self.ahead = ahead.start(args)
        self.networks = self.clips = None

    def diffusion(self):
        self.networks = self.networks or stage_diffusion.Diffusion(self.ws, self.std, self.ahead is not None)
        return self.networks

    def cache(self):
        self.clips = self.clips or make_cache(self.ws, 65536)
        return self.clips

    def draw(self, clips, spin):
        self.clips = None  # frees the GPU's memory of the clips before
        self.clips = make_cache(self.ws, clips, spin)

    def joint(self, seconds, rate):
        if self.ahead and self.ahead.wait():
            raise RuntimeError(f"ahead.py ended with {self.ahead.returncode}: see above, or leave --compile out")
        stage_diffusion.train_joint(self.diffusion(), self.cache(), seconds, rate)

    def stage(self, item):
        self.ws.log("== stage", item)
        name, _, rest = item.partition(":")
        number, _, rate = rest.partition("@")
        number, rate, spin = float(number), float(rate or 1), float(rate or 0)
        {"vae": lambda: stage_vae.train(self.ws, number),
         "cache": lambda: self.draw(int(number), spin),
         "text": lambda: stage_text.train(self.ws, number),
         "image": lambda: stage_diffusion.train_images(self.diffusion(), self.cache(), number, rate),
         "joint": lambda: self.joint(number, rate),
         "reward": lambda: stage_reward.train(self.ws, number),
         "rank": lambda: stage_reward.train(self.ws, number, self.diffusion()),
         "check": lambda: quick(self.ws, self.diffusion(), int(number))}[name]()


def main():
    args = arguments()
    run = Run(args)
    for item in args.stages.split(","):
        run.stage(item)


if __name__ == "__main__":
    main()
