# SPDX-License-Identifier: Apache-2.0
"""Takes networks over from another training run, also one that is still going on, or from a finished pack.

usage: python snapshot.py PACK WORK      (a pack's fp16 weights as a --work folder, to go on from)
"""
import os
import shutil
import sys
import time

from safetensors.torch import load_file, save_file

from export import FILES, dump, read
from models import TEXT_WIDTH, build_text_encoder
from parse import Heads
from stage_diffusion import LATENT_STD

SAVED = ("unet", "motion", "text", "heads")  # in the order in which train.py writes them
SETTLED = 3                                  # seconds after which a file counts as written


def settled(path):
    return os.path.exists(path) and time.time() - os.path.getmtime(path) > SETTLED


def wait_for_vae(ws, base):
    """Copies the base's autoencoder, once there is one; its numbers are written after its weights."""
    while not settled(f"{base}/vae.json"):
        time.sleep(1)
    for name in ("vae.safetensors", "vae.json"):
        if os.path.abspath(base) != os.path.abspath(ws.folder):
            shutil.copyfile(f"{base}/{name}", f"{ws.folder}/{name}")
    ws.log("took the autoencoder of", base)


def _state(base):
    """When the base's joint networks were written, or None in the middle of it or before there are any."""
    paths = [f"{base}/{name}.safetensors" for name in SAVED]
    if not all(settled(p) for p in paths) or not os.path.exists(f"{base}/unet.json"):
        return None
    times = [os.path.getmtime(p) for p in paths]
    return tuple(times) if times == sorted(times) else None


def take_networks(ws, base, last=None):
    """Copies UNet, motion modules and text encoder if the base has newer ones than `last`; returns what it took."""
    now = _state(base)
    if now is None or now == last:
        return last
    for name in [f"{n}.safetensors" for n in SAVED] + ["unet.json"]:
        shutil.copyfile(f"{base}/{name}", f"{ws.folder}/{name}")
    if _state(base) != now:
        return last
    ws.log("took the networks that", base, "wrote", f"{time.time() - now[-1]:.0f} s ago")
    return now


def files(pack):
    """{name in WORK: safetensors file} of what a pack has; its UNet may be LaVie's."""
    names = dict(FILES, rgb="sparsectrl_rgb/diffusion_pytorch_model",
                 scribble="sparsectrl_scribble/diffusion_pytorch_model")
    if not os.path.exists(f"{pack}/{FILES['motion']}.safetensors"):
        names["lavie"] = names.pop("unet")
    paths = {name: f"{pack}/{path}.safetensors" for name, path in names.items() if name != "reward"}
    return {name: path for name, path in paths.items() if os.path.exists(path)}


def unpack(pack, work):
    """The reverse of export.py and export_parts.py, but for the scorer and for the heads, which are fresh."""
    os.makedirs(work, exist_ok=True)
    states = {name: load_file(path) for name, path in files(pack).items()}
    if "embeddings.token_embedding.weight" in build_text_encoder(64).state_dict():  # newer transformers
        states["text"] = {k.removeprefix("text_model."): v for k, v in states["text"].items()}
    states["heads"] = Heads(TEXT_WIDTH).state_dict()
    scale = read(f"{pack}/vae/config.json")["scaling_factor"]
    for name in sorted(states, key=lambda n: SAVED.index(n) if n in SAVED else -1):
        save_file({k: v.float().contiguous() for k, v in states[name].items()}, f"{work}/{name}.safetensors")
        if name in ("vae", "unet", "lavie"):
            dump(f"{work}/{name}.json", {"latent_std": LATENT_STD / scale if name == "vae" else LATENT_STD})
        time.sleep(0.02)  # the order of their times says that they belong together


if __name__ == "__main__":
    unpack(*sys.argv[1:3])
