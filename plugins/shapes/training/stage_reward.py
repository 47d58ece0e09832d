# SPDX-License-Identifier: Apache-2.0
"""Stages `reward` (on rendered pairs) and `rank` (the same plus pictures the trained network drew): the scorer."""
import torch
import torch.nn.functional as F
from torch import nn

import parse
import reward_data as D
import reward_model as R
from data import load_vae
from fit import Fit


class Scorer(nn.Module):
    """ImageReward, and two heads for training only: what a picture shows, and which criteria a text finds fulfilled."""

    def __init__(self, config):
        super().__init__()
        self.net = R.ImageReward(config)
        self.shows = nn.Linear(config["vision_width"], sum(parse.SIZES))
        self.fulfils = nn.Linear(config["hidden_size"], len(D.CRITERIA))
        for k in ("image_mean", "image_std"):
            self.register_buffer(k, torch.tensor(config[k]).view(1, 3, 1, 1), persistent=False)

    def look(self, images):
        """Visual tokens of pictures in [0, 1]."""
        return self.net.blip.visual_encoder((images - self.image_mean) / self.image_std)

    def read(self, tokens, ids):
        """(scores (n,), criteria logits (n, 5)) of texts on visual tokens."""
        h = self.net.blip.text_encoder(ids, (ids != 0).float(), tokens)[:, 0]
        return self.net.mlp(h)[:, 0].float(), self.fulfils(h).float()


def prefer(better, worse):
    return F.softplus(worse - better).mean()


def pair_loss(scorer, pairs, b, lo):
    """Pictures and texts of b pairs, all four ways round: the matching score must win along both axes."""
    dev = pairs["kind"].device
    i = torch.randint(lo, len(pairs["kind"]), (b,), device=dev)
    x = pairs["images"][i].float() / 255
    w = torch.randint(D.WORDINGS, (b, 2), device=dev)
    ids = pairs["ids"][i[:, None], torch.arange(2, device=dev), w].long()
    tokens = scorer.look(torch.cat([x[:, 0], x[:, 1], D.degrade(x[:, 0])]))
    own, other, spoiled = tokens.chunk(3)
    t, u = ids[:, 0], ids[:, 1]
    s, c = scorer.read(torch.cat([own, own, other, other, spoiled]), torch.cat([t, u, t, u, t]))
    own_t, own_u, other_t, other_u, spoiled_t = s.chunk(5)
    loss = prefer(own_t, other_t) + prefer(other_u, own_u) + prefer(own_t, own_u) + prefer(other_u, other_t)
    truth = pairs["truth"][i].permute(1, 2, 0, 3).reshape(4 * b, -1).float()
    loss = loss + prefer(own_t, spoiled_t) + F.binary_cross_entropy_with_logits(c[:4 * b], truth)
    logits = scorer.shows(tokens[:2 * b, 0].float()).split(parse.SIZES, 1)
    rows = pairs["seen"][i].transpose(0, 1).flatten(0, 1).long()
    loss = loss + sum(F.cross_entropy(logits[k], rows[:, k], ignore_index=-1) for k in D.SEEN) / len(D.SEEN)
    return loss + 1e-3 * (own_t ** 2 + other_t ** 2).mean()


def group_loss(scorer, groups, b, hi):
    """Two generated pictures of one prompt: the one that the judge gives more must win."""
    dev = groups["ids"].device
    j = torch.randint(hi, (b,), device=dev)
    k = torch.rand(b, groups["merit"].shape[1], device=dev).topk(2, 1).indices
    x, merit = groups["images"][j[:, None], k].float() / 255, groups["merit"][j[:, None], k]
    s, c = scorer.read(scorer.look(x.flatten(0, 1)), groups["ids"][j].repeat_interleave(2, 0))
    s, better = s.view(b, 2), (merit[:, 0] - merit[:, 1]).sign()
    loss = (F.softplus((s[:, 1] - s[:, 0]) * better) * better.abs()).sum() / better.abs().sum().clamp(min=1)
    return loss + F.binary_cross_entropy_with_logits(c, groups["truth"][j[:, None], k].flatten(0, 1).float())


def train(ws, seconds, diffusion=None):
    """On rendered pairs; with the diffusion networks also on what they draw."""
    config = dict(R.CONFIG, vocab_size=ws.wordpiece.size)
    scorer = Scorer(config).to(ws.dev)
    ws.load("scorer", scorer)
    pairs = D.make_pairs(ws, load_vae(ws), ws.size(32000), config["image_size"], 23 if diffusion else 21)
    held, b = ws.size(3200), ws.size(128)
    groups = D.make_groups(ws, diffusion, ws.size(1280), config["image_size"]) if diffusion else None
    ws.log("reward: drew", len(pairs["kind"]), "pairs", f"mean merit {groups['merit'].mean():.3f}" if groups else "")
    keep = int(len(groups["ids"]) * 0.9) if groups else 0

    def step():
        with ws.autocast():
            loss = pair_loss(scorer, pairs, b, held)
            return loss + group_loss(scorer, groups, b, keep) if groups else loss

    scorer.train()
    rate = 4e-4 if diffusion else 8e-4
    Fit(ws, "reward", [(list(scorer.parameters()), 1)], rate, step, decay=0.998, weight_decay=0.02).run(seconds)
    scorer.eval()
    meta = measure(ws, scorer, pairs, held, groups, keep)
    ws.log("reward:", meta["heldout"])
    ws.store("scorer", scorer.state_dict())
    ws.store("reward", scorer.net.state_dict(), dict(config, **meta))


@torch.no_grad()
def measure(ws, scorer, pairs, held, groups, keep):
    """Held-out accuracy by kind of mismatch (one prompt, its picture against the other), and choosing one of eight."""
    good, bad = [], []
    for part in torch.arange(held, device=ws.dev).split(256):
        tokens = scorer.look(pairs["images"][part].flatten(0, 1).float() / 255)
        s = scorer.read(tokens, pairs["ids"][part, 0, 0].long().repeat_interleave(2, 0))[0].view(-1, 2)
        good.append(s[:, 0])
        bad.append(s[:, 1])
    good, bad, kind = torch.cat(good), torch.cat(bad), pairs["kind"][:held]
    right = good > bad
    out = {"matching over mismatching": [int(right.sum()), held]}
    out |= {k: [int(right[kind == i].sum()), int((kind == i).sum())] for i, k in enumerate(D.KINDS)}
    if groups:
        merit, ids, per = groups["merit"][keep:], groups["ids"][keep:], groups["merit"].shape[1]
        x = groups["images"][keep:].flatten(0, 1).float() / 255
        s = torch.cat([scorer.read(scorer.look(p), q)[0] for p, q in
                       zip(x.split(256), ids.repeat_interleave(per, 0).split(256))]).view(-1, per)
        top = merit.gather(1, s.argmax(1, keepdim=True))
        out["best of 8, merit"] = {"chosen": round(top.mean().item(), 3), "random": round(merit.mean().item(), 3),
                                   "best": round(merit.max(1).values.mean().item(), 3), "groups": len(ids)}
    scores = torch.cat([good, bad])
    return {"mean": scores.mean().item(), "std": scores.std().item(), "heldout": out}
