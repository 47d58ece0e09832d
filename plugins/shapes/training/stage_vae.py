# SPDX-License-Identifier: Apache-2.0
"""Stage `vae`: the autoencoder, on random frames."""
import math

import torch
import torch.nn.functional as F

from data import load_vae, random_frames
from fit import Fit

KL_WEIGHT = 4e-4


def reconstruction_loss(y, x):
    """Absolute and squared error, plus the absolute error of edges and of coarser scales."""
    e = y - x
    loss = e.abs().mean() + 0.5 * e.pow(2).mean()
    loss = loss + 0.5 * ((e[..., 1:] - e[..., :-1]).abs().mean() + (e[..., 1:, :] - e[..., :-1, :]).abs().mean())
    return loss + 0.25 * sum(F.avg_pool2d(e, k).abs().mean() for k in (2, 4))


def train(ws, seconds):
    vae = load_vae(ws).train()
    pool = random_frames(ws, ws.size(48000), seed=5)
    ws.log("vae: drew", len(pool), "frames")
    b = ws.size(96)

    def step():
        x = pool[torch.randint(len(pool), (b,), device=ws.dev)].to(torch.float32) / 127.5 - 1
        with ws.autocast():
            post = vae.encode(x).latent_dist
            y = vae.decode(post.mean + post.std * torch.randn_like(post.mean)).sample
        kl = 0.5 * (post.mean.float().pow(2) + post.var.float() - 1 - post.logvar.float()).mean()
        return reconstruction_loss(y.float(), x) + KL_WEIGHT * kl

    Fit(ws, "vae", [(list(vae.parameters()), 1)], 1.2e-3, step, decay=0.998, weight_decay=1e-4).run(seconds)
    vae.eval()
    meta = measure(ws, vae)
    ws.log("vae:", meta)
    ws.store("vae", vae.state_dict(), meta)


@torch.no_grad()
def measure(ws, vae):
    """Reconstruction in decibels, and the deviation of the latents, on fresh frames."""
    errors, latents = [], []
    for part in random_frames(ws, ws.size(2048), seed=99).split(128):
        part = part.float() / 255
        with ws.autocast():
            z = vae.encode(part * 2 - 1).latent_dist.mean
            y = vae.decode(z).sample
        errors.append((((y.float() / 2 + .5).clamp(0, 1) - part) ** 2).mean((1, 2, 3)))
        latents.append(z.float())
    errors, latents = torch.cat(errors), torch.cat(latents)
    return {"latent_std": round(latents.std().item(), 5),
            "psnr_db": round((-10 * errors.clamp(min=1e-9).log10()).mean().item(), 2),
            "psnr_of_mean_mse_db": round(-10 * math.log10(errors.mean().item()), 2),
            "channel_mean": [round(v, 4) for v in latents.mean((0, 2, 3)).tolist()],
            "channel_std": [round(v, 4) for v in latents.std((0, 2, 3)).tolist()]}
