# SPDX-License-Identifier: Apache-2.0
"""Stage `text`: the text encoder learns what captions say before any diffusion training (see parse.py)."""
import random

import torch

import world as W
from data import worded
from fit import Fit
from models import TEXT_WIDTH, build_text_encoder, text_hidden
from parse import Heads


def load_text(ws):
    text, heads = build_text_encoder(len(ws.tok)).to(ws.dev), Heads(TEXT_WIDTH).to(ws.dev)
    ws.load("text", text)
    ws.load("heads", heads)
    return text, heads


def train(ws, seconds):
    text, heads = load_text(ws)
    rng = random.Random(31)
    texts, rows = worded(W.sample_specs(ws.size(48000), rng, two=0.6).tolist(), rng)
    ids, rows = ws.ids(texts), rows.flatten(0, 1).to(ws.dev)
    held = ws.size(4000)
    ws.log("text: wrote", len(ids), "captions")
    b = ws.size(1024)

    def step():
        i = torch.randint(held, len(ids), (b,), device=ws.dev)
        with ws.autocast():
            hidden = text_hidden(text, ids[i])
        return heads.loss(hidden, rows[i])

    Fit(ws, "text", [(list(text.parameters()) + list(heads.parameters()), 1)], 1.5e-3, step, decay=0.998).run(seconds)
    with torch.no_grad(), ws.autocast():
        accuracy = heads.accuracy(text_hidden(text, ids[:held]), rows[:held])
    ws.log("text: held out, right per field", [round(v, 4) for v in accuracy])
    ws.store("text", text.state_dict())
    ws.store("heads", heads.state_dict())
