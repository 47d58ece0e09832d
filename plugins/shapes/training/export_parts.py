# SPDX-License-Identifier: Apache-2.0
"""Writes what stage_lavie.py and stage_sparsectrl.py trained as fp16 weights with their configurations.

usage: python export_parts.py lavie WORK PACK          (PACK/unet, PACK/text_encoder, PACK/scheduler)
       python export_parts.py rgb|scribble WORK PACK   (PACK/sparsectrl_rgb or PACK/sparsectrl_scribble)
"""
import os
import sys

from diffusers import DDPMScheduler
from safetensors.torch import load_file, save_file

import lavie_model
import sparsectrl_model
from export import dump, published_name, read
from models import build_text_encoder


def write(state, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    save_file({k: v.half().contiguous() for k, v in state.items()}, path + ".part", metadata={"format": "pt"})
    os.replace(path + ".part", path)


def lavie(work, pack):
    write(load_file(f"{work}/lavie.safetensors"), f"{pack}/unet/diffusion_pytorch_model.safetensors")
    net = lavie_model.build_spatial()
    config = {"_class_name": "UNet3DConditionModel"} | {
        k: v for k, v in net.config.items() if not k.startswith("_") and v is not None}
    for side in ("down_block_types", "up_block_types"):
        config[side] = [b.replace("2D", "3D") for b in config[side]]
    dump(f"{pack}/unet/config.json", dict(config, mid_block_type="UNetMidBlock3DCrossAttn", use_first_frame=False,
                                          use_relative_position=False))
    text = {published_name("text", k): v for k, v in load_file(f"{work}/text.safetensors").items()
            if not k.endswith("position_ids")}
    write(text, f"{pack}/text_encoder/model.safetensors")
    encoder = build_text_encoder(len(read(f"{work}/tokenizer/vocab.json")))
    encoder.config.architectures = ["CLIPTextModel"]
    encoder.config.torch_dtype = "float16"
    encoder.config.save_pretrained(f"{pack}/text_encoder")
    DDPMScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="linear", clip_sample=False, steps_offset=0,
                  variance_type="fixed_small", prediction_type="epsilon", timestep_spacing="leading"
                  ).save_pretrained(f"{pack}/scheduler")


def sparsectrl(work, kind, pack):
    folder = f"{pack}/sparsectrl_{kind}"
    write(load_file(f"{work}/{kind}.safetensors"), f"{folder}/diffusion_pytorch_model.safetensors")
    sparsectrl_model.build(kind).save_config(folder)


if __name__ == "__main__":
    if sys.argv[1] == "lavie":
        lavie(*sys.argv[2:4])
    else:
        sparsectrl(sys.argv[2], sys.argv[1], sys.argv[3])
