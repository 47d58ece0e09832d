# SPDX-License-Identifier: Apache-2.0
"""Where a training run keeps its weights, and on what it runs."""
import json
import os
import time

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPTokenizer

import vocab


class Workspace:
    """A folder of fp32 weights (NAME.safetensors), numbers (NAME.json) and a log, plus the device and its switches."""

    def __init__(self, folder, tiny=False, graph=False):
        self.folder, self.tiny, self.graph = folder, tiny, graph
        self.dev = "cuda" if torch.cuda.is_available() else "cpu"
        self.cuda = self.dev == "cuda"
        self.start = time.time()
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
        os.makedirs(folder, exist_ok=True)
        if not os.path.exists(f"{folder}/reward/vocab.txt"):
            vocab.write_clip(f"{folder}/tokenizer")
            vocab.write_wordpiece(f"{folder}/reward/vocab.txt")
        self.tok = CLIPTokenizer.from_pretrained(f"{folder}/tokenizer")
        self.wordpiece = vocab.WordPiece(f"{folder}/reward/vocab.txt")

    def log(self, *what):
        line = f"[{time.time() - self.start:6.1f}s] " + " ".join(str(x) for x in what)
        print(line, flush=True)
        with open(f"{self.folder}/log.txt", "a") as f:
            f.write(line + "\n")

    def size(self, n):
        """n, or a toy number for a dry run."""
        return max(2, n // 64) if self.tiny else n

    def autocast(self):
        return torch.autocast(self.dev, torch.bfloat16, enabled=self.cuda)

    def path(self, name):
        return f"{self.folder}/{name}.safetensors"

    def has(self, name):
        return os.path.exists(self.path(name))

    def store(self, name, state, meta=None):
        save_file({k: v.detach().float().contiguous().cpu() for k, v in state.items()}, self.path(name))
        if meta is not None:
            with open(f"{self.folder}/{name}.json", "w") as f:
                json.dump(meta, f, indent=1)

    def load(self, name, net):
        """Loads NAME.safetensors into the network where there is one; says whether there was."""
        if self.has(name):
            net.load_state_dict(load_file(self.path(name)), strict=False)
            self.log("loaded", name)
        return self.has(name)

    def meta(self, name):
        with open(f"{self.folder}/{name}.json") as f:
            return json.load(f)

    def ids(self, texts):
        """CLIP token ids (n, 77) of the texts, on the device; by the tokenizer's core, since what transformers wraps
        around it takes several times as long."""
        core = self.tok.backend_tokenizer
        core.enable_truncation(77)
        core.enable_padding(length=77, pad_id=self.tok.pad_token_id, pad_token=self.tok.pad_token)
        return torch.from_numpy(np.array([e.ids for e in core.encode_batch(texts)])).to(self.dev)
