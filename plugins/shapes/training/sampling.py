# SPDX-License-Identifier: Apache-2.0
"""DDIM, classifier-free guidance and I4VGen (arXiv 2406.02230, Algorithm 1) in plain Python, for measuring the pack."""
import torch

ALPHAS = torch.cumprod(1 - torch.linspace(0.00085, 0.012, 1000, dtype=torch.float64), 0).float()


def ddim_grid(steps):
    """Leading spacing with offset 1: 961, 921, ..., 1 for 25 steps."""
    return [(steps - 1 - i) * (1000 // steps) + 1 for i in range(steps)]


class Pipeline:
    """Batched text-to-image, text-to-video and I4VGen. `net(x, t, ctx)` takes x (b, 4, f, h, w)."""

    def __init__(self, net, text, vae, tokenizer, scale, device, reward=None, wordpiece=None):
        self.net, self.text, self.vae, self.tok, self.scale, self.dev = net, text, vae, tokenizer, scale, device
        self.reward, self.wordpiece = reward, wordpiece
        self.ab = ALPHAS.to(device)

    def encode(self, prompts):
        ids = self.tok(prompts, padding="max_length", truncation=True, max_length=77, return_tensors="pt").input_ids
        return self.text(ids.to(self.dev)).last_hidden_state.float()

    def eps(self, x, t, ctx, un, cfg):
        f = x.shape[2]
        both = torch.cat([x, x])
        c = torch.cat([un.expand_as(ctx), ctx]).repeat_interleave(f, 0)
        t = torch.full((len(both),), t, device=self.dev)
        u, e = self.net(both, t, encoder_hidden_states=c).sample.float().chunk(2)
        return u + cfg * (e - u)

    def denoise(self, x, ctx, un, cfg, steps=25):
        for t in ddim_grid(steps):
            a, p = self.ab[t], t - 1000 // steps
            b = self.ab[p] if p >= 0 else torch.tensor(1.0, device=self.dev)
            e = self.eps(x, t, ctx, un, cfg)
            x0 = (x - (1 - a).sqrt() * e) / a.sqrt()
            x = b.sqrt() * x0 + (1 - b).sqrt() * e
        return x

    def decode(self, x):
        """(b, 4, f, h, w) -> (b, f, 3, H, W) in [0, 1]."""
        b, _, f = x.shape[:3]
        z = x.transpose(1, 2).flatten(0, 1) / self.scale
        out = torch.cat([(self.vae.decode(part).sample.float() / 2 + 0.5).clamp(0, 1) for part in z.split(256)])
        return out.view(b, f, 3, 128, 128)

    @torch.no_grad()
    def image(self, prompts, cfg, steps=25, z=None):
        z = torch.randn(len(prompts), 4, 1, 16, 16, device=self.dev) if z is None else z
        return self.denoise(z, self.encode(prompts), self.encode([""]), cfg, steps)

    @torch.no_grad()
    def video(self, prompts, cfg, steps=25, z=None):
        z = torch.randn(len(prompts), 4, 16, 16, 16, device=self.dev) if z is None else z
        return self.denoise(z, self.encode(prompts), self.encode([""]), cfg, steps)

    @torch.no_grad()
    def candidates(self, prompts, cfg, z, steps=25):
        """z (b, 4, 16, h, w): every frame's noise becomes one candidate image. -> latents (b, 16, 4, h, w), rewards."""
        b = len(prompts)
        each = [p for p in prompts for _ in range(16)]
        x = self.image(each, cfg, steps, z.transpose(1, 2).reshape(b * 16, 4, 1, 16, 16))
        scores = self.score(self.decode(x)[:, 0], each)
        return x.view(b, 16, 4, 16, 16), scores.view(b, 16)

    @torch.no_grad()
    def score(self, images, prompts):
        ids = torch.tensor([self.wordpiece(p) for p in prompts], device=self.dev)
        return torch.cat([self.reward.score(i, d) for i, d in zip(images.split(512), ids.split(512))])

    @torch.no_grad()
    def i4vgen(self, prompts, cfg, alphas, anchors, synthesis=True, fraction=0.6, steps=25):
        """Noise-invariant video score distillation from static anchors (b, 4, h, w), then regeneration from t = 961."""
        ctx, un = self.encode(prompts), self.encode([""])
        v = anchors[:, :, None].repeat(1, 1, 16, 1, 1)
        grid = ddim_grid(steps)
        if synthesis:
            eps = torch.randn_like(v)
            for i, t in enumerate(grid[:int(steps * fraction) + 1]):
                a = self.ab[t]
                e = self.eps(a.sqrt() * v + (1 - a).sqrt() * eps, t, ctx, un, cfg)
                v = v - alphas[i] * (1 - a) * (e - eps)
        a = self.ab[grid[0]]
        return self.denoise(a.sqrt() * v + (1 - a).sqrt() * torch.randn_like(v), ctx, un, cfg, steps)
