# SPDX-License-Identifier: Apache-2.0
"""Stages `image` and `joint`: the UNet, on single frames first, then the UNet and its motion modules together on frames
and clips. A still frame says nothing about "left" or "right", so the words for motion are learnt by both."""
import torch

from fit import Fit
from models import UNET_WIDTHS, build_adapter, build_unet, join, split, text_hidden, watched
from parse import MOTION
from sampling import ALPHAS
from stage_text import load_text
from ways import Ways

LATENT_STD = 0.5   # deviation of the scaled latents: half of Stable Diffusion's, a quarter of its final signal-to-noise
BANDS = 20         # of 50 timesteps each
PARSE_WEIGHT = 0.1


class Balance:
    """Divides errors by the running mean error of their band of timesteps, so that every noise level counts alike.

    Plain noise prediction hardly counts the noisiest steps, which decide what is drawn and where it goes."""

    def __init__(self, device):
        self.mean = torch.ones(BANDS, device=device)

    def __call__(self, error, t):
        band = t * BANDS // 1000
        with torch.no_grad():
            zero = torch.zeros_like(self.mean)
            count = zero.index_add(0, band, torch.ones_like(error))
            fresh = zero.index_add(0, band, error.detach()) / count.clamp(min=1)
            self.mean.lerp_(torch.where(count > 0, fresh, self.mean), 0.02)
        return (error / self.mean[band]).mean()


class Diffusion:
    """The text encoder, the joint network and its losses; `cache` is data.make_cache's."""

    def __init__(self, ws, std=LATENT_STD, compiled=False):
        self.ws, self.std, self.compiled = ws, std, compiled
        self.text, self.heads = load_text(ws)
        unet, adapter = build_unet(), build_adapter()
        ws.load("unet", unet)
        ws.load("motion", adapter)
        self.net = join(unet, adapter).to(ws.dev)
        self.forward = self.plain = watched(self.net)
        self.prepare(ALPHAS)

    def prepare(self, alphas):
        """What the losses need besides the networks."""
        self.empty = self.ws.ids([""])
        self.ab = alphas.to(self.ws.dev)
        self.balance = {1: Balance(self.ws.dev), 16: Balance(self.ws.dev)}
        self.ways = Ways(UNET_WIDTHS[-1]).to(self.ws.dev)

    def draw(self, cache, b, frames):
        """b random latents (b, 4, f, 16, 16) with token ids and parse targets; one caption in ten is left empty."""
        dev = self.ws.dev
        i = torch.randint(len(cache["latents"]), (b,), device=dev)
        if frames == 1:
            x = cache["latents"][i, torch.randint(16, (b,), device=dev)][:, :, None]
            k = torch.randint(4, (b,), device=dev)
        else:
            x = cache["latents"][i].transpose(1, 2)
            k = torch.randint(2, (b,), device=dev) + 2 * (torch.rand(b, device=dev) < 0.05)
        ids, rows = cache["ids"][i, k].long(), cache["targets"][i, k]
        none = torch.rand(b, 1, device=dev) < 0.1
        return x.float() * self.std, torch.where(none, self.empty, ids), rows.masked_fill(none, -1)

    def predict(self, noisy, t, ctx):
        """The predicted noise, and what leaves the middle of the network (b * f, c, h, w)."""
        return self.forward(noisy, t, ctx[:, None].expand(-1, noisy.shape[2], -1, -1).flatten(0, 1))

    def error(self, x, ctx, said):
        """Balanced squared error of the predicted noise, at timesteps spread evenly over the batch; of clips also the
        loss of Ways, whose `said` are the motions (b,) that captions speak of."""
        b, _, f = x.shape[:3]
        t = ((torch.arange(b, device=x.device) + torch.rand(b, device=x.device)) * (1000 / b)).long().clamp(max=999)
        a = self.ab[t].view(-1, 1, 1, 1, 1)
        eps = torch.randn_like(x)
        with self.ws.autocast():
            out, middle = self.predict(a.sqrt() * x + (1 - a).sqrt() * eps, t, ctx)
        error = self.balance[f]((out.float() - eps).pow(2).mean((1, 2, 3, 4)), t)
        return error + self.ways.loss(middle, said) if f > 1 else error

    def loss(self, cache, images, clips):
        parts = [self.draw(cache, b, f) for b, f in ((images, 1), (clips, 16)) if b]
        ids, rows = torch.cat([p[1] for p in parts]), torch.cat([p[2] for p in parts])
        with self.ws.autocast():
            ctx = text_hidden(self.text, ids)
        contexts = ctx.split([len(p[0]) for p in parts])
        total = sum(self.error(x, c, rows[:, MOTION].long()) for (x, _, rows), c in zip(parts, contexts))
        return total + PARSE_WEIGHT * self.heads.loss(ctx, rows)

    def fit(self, cache, name, seconds, images, clips, lr, **options):
        size = self.ws.size
        self.net.train(), self.text.train()
        # not for frames alone: their stage is shorter than their compilation
        self.forward = torch.compile(self.plain, dynamic=False) if self.compiled and clips else self.plain
        for k, p in self.net.named_parameters():
            p.requires_grad_(bool(clips) or "motion_modules." not in k)
        nets = [*self.net.parameters(), *self.ways.parameters()]
        groups = [(nets, 1), (list(self.text.parameters()) + list(self.heads.parameters()), 0.3)]
        step = lambda: self.loss(cache, size(images), size(clips) if clips else 0)
        Fit(self.ws, name, groups, lr, step, **options).run(seconds)
        for f, b in self.balance.items():
            self.ws.log(name, f"error by noise level, {f} frames:", " ".join(f"{v:.2g}" for v in b.mean.tolist()))
        self.net.eval(), self.text.eval()
        self.save()

    def save(self):
        unet, motion = split(self.net.state_dict())
        self.ws.store("unet", unet, {"latent_std": self.std})
        self.ws.store("motion", motion)
        self.ws.store("text", self.text.state_dict())
        self.ws.store("heads", self.heads.state_dict())


def train_images(d, cache, seconds, rate):
    d.fit(cache, "image", seconds, 512, 0, 1.5e-3 * rate, decay=0.998, floor=0.4)


def train_joint(d, cache, seconds, rate):
    d.fit(cache, "joint", seconds, 96, 56, 1.2e-3 * rate, decay=0.999, warm=100)
