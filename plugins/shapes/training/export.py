# SPDX-License-Identifier: Apache-2.0
"""Writes the pack: fp16 weights, configurations beside them, tokenizers; and checks that the libraries load it.

usage: python export.py WORK PACK
"""
import json
import os
import shutil
import sys

import torch
from diffusers import AutoencoderKL, DDIMScheduler, MotionAdapter, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel, CLIPTokenizer

import models as M
import reward_model as R

FILES = {"vae": "vae/diffusion_pytorch_model", "unet": "unet/diffusion_pytorch_model",
         "motion": "motion_adapter/diffusion_pytorch_model", "text": "text_encoder/model", "reward": "reward/model"}
REWARD_FACTS = ("image_size", "patch_size", "vision_heads", "num_attention_heads", "max_length", "mean", "std",
                "image_mean", "image_std")


def read(path):
    with open(path) as f:
        return json.load(f)


def dump(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        json.dump(value, f, indent=2)
        f.write("\n")


def published_name(name, key):
    """The key in the published layout; newer transformers drop the text encoder's prefix in memory."""
    return "text_model." + key if name == "text" and not key.startswith("text_model.") else key


def write_weights(work, pack):
    for name, path in FILES.items():
        state = {published_name(name, k): v for k, v in load_file(f"{work}/{name}.safetensors").items()}
        whole = "position_ids"
        if name == "text":
            state = {k: v for k, v in state.items() if not k.endswith(whole)}
        state = {k: v.long() if k.endswith(whole) else v.half() for k, v in state.items()}
        os.makedirs(os.path.dirname(f"{pack}/{path}"), exist_ok=True)
        save_file(state, f"{pack}/{path}.safetensors", metadata={"format": "pt"})


def write_configurations(pack, words, scale):
    vae = M.build_vae()
    vae.register_to_config(scaling_factor=scale)
    for name, net in (("vae", vae), ("unet", M.build_unet()), ("motion_adapter", M.build_adapter())):
        net.save_config(f"{pack}/{name}")
    text = M.build_text_encoder(words)
    text.config.architectures = ["CLIPTextModel"]
    text.config.torch_dtype = "float16"
    text.config.save_pretrained(f"{pack}/text_encoder")
    DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="linear", clip_sample=False, set_alpha_to_one=True,
                  steps_offset=1, prediction_type="epsilon", timestep_spacing="leading"
                  ).save_pretrained(f"{pack}/scheduler")


def write_reward(pack, reward):
    dump(f"{pack}/reward/config.json", {k: v for k, v in reward.items() if k != "heldout"})
    dump(f"{pack}/reward/med_config.json", {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu",
        "hidden_size": reward["hidden_size"], "intermediate_size": reward["intermediate_size"],
        "num_hidden_layers": reward["num_hidden_layers"], "num_attention_heads": reward["num_attention_heads"],
        "max_position_embeddings": reward["max_position_embeddings"], "layer_norm_eps": 1e-12, "pad_token_id": 0,
        "vocab_size": reward["vocab_size"], "encoder_width": reward["vision_width"], "add_cross_attention": True,
        "attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0, "initializer_range": 0.02})


def write_pack_json(pack, words, scale, reward):
    here = os.path.dirname(os.path.abspath(__file__))
    card = read(f"{here}/pack.json")  # name, components, vocabulary, defaults, limits, examples
    card["scaling_factor"] = scale
    card["text"]["vocab_size"] = words
    card["reward"] = {k: reward[k] for k in REWARD_FACTS}
    dump(f"{pack}/pack.json", card)


def check(pack):
    for cls, folder in ((AutoencoderKL, "vae"), (UNet2DConditionModel, "unet"), (MotionAdapter, "motion_adapter"),
                        (CLIPTextModel, "text_encoder")):
        net, info = cls.from_pretrained(f"{pack}/{folder}", torch_dtype=torch.float16, output_loading_info=True)
        size = sum(p.numel() for p in net.parameters())
        print(f"{folder}: {size / 1e6:.3f} M parameters; loading: { {k: v for k, v in info.items() if v} or 'clean'}")
    net = R.ImageReward(read(f"{pack}/reward/config.json"))
    print("reward:", net.load_state_dict(load_file(f"{pack}/reward/model.safetensors")),
          f"{sum(p.numel() for p in net.parameters()) / 1e6:.3f} M parameters")
    DDIMScheduler.from_pretrained(f"{pack}/scheduler")
    weights = sum(os.path.getsize(f"{pack}/{path}.safetensors") for path in FILES.values())
    print(f"weights: {weights / 2 ** 20:.1f} MiB")


def main(work, pack):
    for folder in ("tokenizer", "reward"):
        shutil.copytree(f"{work}/{folder}", f"{pack}/{folder}", dirs_exist_ok=True)
    words = len(CLIPTokenizer.from_pretrained(f"{pack}/tokenizer"))
    vae, reward = read(f"{work}/vae.json"), read(f"{work}/reward.json")
    scale = round(read(f"{work}/unet.json")["latent_std"] / vae["latent_std"], 5)
    write_weights(work, pack)
    write_configurations(pack, words, scale)
    write_reward(pack, reward)
    write_pack_json(pack, words, scale, reward)
    dump(f"{pack}/training/vae.json", dict(vae, scaling_factor=scale))
    dump(f"{pack}/training/reward.json", reward)
    check(pack)


if __name__ == "__main__":
    main(*sys.argv[1:3])
