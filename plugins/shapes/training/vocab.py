# SPDX-License-Identifier: Apache-2.0
"""Builds the two vocabularies of the pack from the caption grammar: CLIP byte-pair encoding and BERT WordPiece.

usage: python vocab.py PACK_DIR
"""
import json
import os
import re
import sys
from collections import Counter

from captions import grammar_words

BOS, EOS = "<|startoftext|>", "<|endoftext|>"
MAX_LENGTH = 77


def bytes_to_unicode():
    """GPT-2's reversible map from bytes to printable characters, in CLIP's order."""
    bs = list(range(ord("!"), ord("~") + 1)) + list(range(0xA1, 0xAD)) + list(range(0xAE, 0x100))
    cs, n = bs[:], 0
    for b in range(256):
        if b not in bs:
            bs.append(b)
            cs.append(256 + n)
            n += 1
    return [chr(c) for c in cs]


def learn_merges(words):
    """Merges until every word is one token; ties are broken alphabetically so that the result is stable."""
    parts = {w: list(w[:-1]) + [w[-1] + "</w>"] for w in words}
    merges = []
    while True:
        pairs = Counter(p for s in parts.values() for p in zip(s, s[1:]))
        if not pairs:
            return merges
        a, b = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append((a, b))
        for w, s in parts.items():
            i, out = 0, []
            while i < len(s):
                if i + 1 < len(s) and (s[i], s[i + 1]) == (a, b):
                    out.append(a + b)
                    i += 2
                else:
                    out.append(s[i])
                    i += 1
            parts[w] = out


def write_clip(folder):
    os.makedirs(folder, exist_ok=True)
    words = [w for w in grammar_words() if w.isalpha()]
    merges = learn_merges(words)
    chars = bytes_to_unicode()
    vocab = chars + [c + "</w>" for c in chars] + [a + b for a, b in merges] + [BOS, EOS]
    ids = {t: i for i, t in enumerate(dict.fromkeys(vocab))}
    json.dump(ids, open(f"{folder}/vocab.json", "w", encoding="utf-8"), ensure_ascii=False)
    with open(f"{folder}/merges.txt", "w", encoding="utf-8") as f:
        f.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    from transformers import CLIPTokenizer
    tok = CLIPTokenizer(vocab=ids, merges=merges, model_max_length=MAX_LENGTH)
    tok.save_pretrained(folder)
    token = lambda t: {"content": t, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
    json.dump({"bos_token": token(BOS), "eos_token": token(EOS), "unk_token": token(EOS), "pad_token": EOS},
              open(f"{folder}/special_tokens_map.json", "w"), indent=2)
    config = {"add_prefix_space": False, "bos_token": BOS, "eos_token": EOS, "unk_token": EOS, "pad_token": EOS,
              "do_lower_case": True, "errors": "replace", "model_max_length": MAX_LENGTH,
              "tokenizer_class": "CLIPTokenizer"}
    json.dump(config, open(f"{folder}/tokenizer_config.json", "w"), indent=2)


def write_wordpiece(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)] + [str(d) for d in range(10)]
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + list("!\"#$%&'()*+,-./:;<=>?@[]_")
    vocab += letters + ["##" + c for c in letters]
    vocab += [w for w in grammar_words() if w.isalpha() and len(w) > 1]
    vocab = list(dict.fromkeys(vocab))
    with open(path, "w") as f:
        f.write("\n".join(vocab) + "\n")


class WordPiece:
    """bert-base-uncased style tokenizer (basic + greedy longest match); [DEC] and [ENC] follow the vocabulary, as BLIP
    adds them, and are never produced."""

    def __init__(self, path, max_length=35):
        self.ids = {t: i for i, t in enumerate(open(path).read().split("\n")[:-1])}
        self.max_length, self.cache = max_length, {}
        self.size = len(self.ids) + 2

    def word(self, w):
        if w not in self.cache:
            out, i = [], 0
            while i < len(w):
                j = len(w)
                while j > i and (("##" if i else "") + w[i:j]) not in self.ids:
                    j -= 1
                if j == i:
                    out = [self.ids["[UNK]"]]
                    break
                out.append(self.ids[("##" if i else "") + w[i:j]])
                i = j
            self.cache[w] = out
        return self.cache[w]

    def __call__(self, text):
        body = [t for w in re.findall(r"[a-z0-9]+|[^\sa-z0-9]", text.lower()) for t in self.word(w)]
        ids = [self.ids["[CLS]"]] + body[:self.max_length - 2] + [self.ids["[SEP]"]]
        return ids + [self.ids["[PAD]"]] * (self.max_length - len(ids))


if __name__ == "__main__":
    write_clip(sys.argv[1] + "/tokenizer")
    write_wordpiece(sys.argv[1] + "/reward/vocab.txt")
