# SPDX-License-Identifier: Apache-2.0
"""Further cases for `./i4vgen reference`: networks of unusual shapes and schedulers on unusual grids, with random weights.

usage: python make.py ../../src/test/resources/reference      (needs torch, diffusers and safetensors)

Each is like the case of the same kind that is in that folder already (LIKE), with another configuration: as many levels,
layers and heads as no published checkpoint has, so that none of these numbers can be written into a program.
"""
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import diffusers
import torch
from diffusers import AutoencoderKL, DDIMScheduler, DDPMScheduler, UNet2DConditionModel, UNetMotionModel
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from diffusers.pipelines.free_noise_utils import AnimateDiffFreeNoiseMixin
from safetensors.torch import load_file, save_file

NAMES = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}  # of the VAE's attention, before
LINEAR = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "linear",
          "trained_betas": None, "clip_sample": False, "steps_offset": 1, "prediction_type": "epsilon"}


def random(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def filled(network, seed):
    """Random weights, none of them zero, at a scale at which every part of the network counts."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in network.state_dict().items():
        if value.is_floating_point() and "pos_embed" not in name:
            noise = torch.randn(value.shape, generator=generator)
            matrix = value.dim() > 1
            scale = 1.3 / value[0].numel() ** 0.5 if matrix else 0.2
            value.copy_(scale * noise + (1 if not matrix and "weight" in name else 0))
    return network.eval()


class Folder:
    """Where cases lie: those that are there are the pattern for those that are made."""

    def __init__(self, path):
        self.path = Path(path)

    def case(self, like):
        return json.loads((self.path / like / "case.json").read_text())

    def tensors(self, like):
        return load_file(self.path / like / "io.safetensors")

    def write(self, name, like, tensors, states, **facts):
        folder = self.path / name
        folder.mkdir(exist_ok=True)
        case = {**self.case(like), "case": name, "variant": "made by tools/network-cases", **facts,
                "provenance": {"library": f"diffusers {diffusers.__version__}, torch {torch.__version__}"}, "shims": []}
        case.pop("io_tensors", None)
        (folder / "case.json").write_text(json.dumps(case, indent=1) + "\n")
        for file, values in {"io": tensors, **states}.items():
            save_file({k: v.clone().contiguous() for k, v in values.items()}, folder / f"{file}.safetensors")

    def unet(self, name, like, seed, **changes):
        config = {**self.case(like)["config"], **changes}
        network, old = filled(UNet2DConditionModel(**config), seed), self.tensors(like)
        new = {"in.sample": random(seed + 1, 2, 4, 8, 16),
               "in.encoder_hidden_states": random(seed + 2, 2, 9, config["cross_attention_dim"])}
        for key in (k for k in old if k.startswith("in.timestep")):
            new[key] = old[key]
            new[key.replace("in.timestep", "out.sample")] = network(
                new["in.sample"], old[key], encoder_hidden_states=new["in.encoder_hidden_states"]).sample
        self.write(name, like, new, {"weights": network.state_dict()}, config=config)

    def motion(self, name, like, seed, **changes):
        config = {**self.case(like)["config"], **changes}
        network, time = filled(UNetMotionModel(**config), seed), self.tensors(like)["in.timestep"]
        text = random(seed + 1, 2, 7, config["cross_attention_dim"])
        new = {"in.timestep": time, "in.encoder_hidden_states": text}
        layers = [module for module in network.modules() if isinstance(module, ResnetBlock2D)]
        around = [network.conv_norm_out, *(norm for layer in layers for norm in (layer.norm1, layer.norm2))]
        for mode, norms, cls in (("sample", [], None),
                                 ("sample_per_frame_groupnorm", [m.norm for m in network.modules()
                                                                 if isinstance(m, AnimateDiffTransformer3D)], PerFrame),
                                 ("sample_per_clip_groupnorm", around, PerClip)):
            for norm in norms:
                norm.__class__ = cls
            for f in (8, 16):
                x = new[f"in.sample.f{f}"] = random(seed + f, 2, 4, f, 8, 8)
                new[f"out.{mode}.f{f}"] = network(x, time, encoder_hidden_states=text.repeat_interleave(f, 0)).sample
        self.write(name, like, new, {"weights": network.state_dict()}, config=config)

    def freenoise(self, name, like, seed, length, stride, **changes):
        config = {**self.case(like)["config"], **changes}
        network, time = filled(UNetMotionModel(**config), seed), self.tensors(like)["in.timestep"]
        text = random(seed + 1, 2, 7, config["cross_attention_dim"])
        new = {"in.timestep": time, "in.encoder_hidden_states": text}
        for weights in ("flat", "pyramid"):
            LongVideos(network).enable_free_noise(length, stride, weights)
            for f in (16, 20):
                x = new[f"in.sample.f{f}"] = random(seed + f, 2, 4, f, 8, 8)
                new[f"out.sample.{weights}.f{f}"] = network(
                    x, time, encoder_hidden_states=text.repeat_interleave(f, 0)).sample
        self.write(name, like, new, {"weights": network.state_dict()}, config=config, kind="unet-motion-freenoise",
                   parameters={"context_length": length, "context_stride": stride})

    def vae(self, name, like, seed, **changes):
        case = self.case(like)
        config = {**case["config"], **changes}
        network, image = filled(AutoencoderKL(**config), seed), random(seed + 1, 2, 3, 32, 48).clamp(-1, 1)
        latent = network.encode(image).latent_dist
        noise, other = random(seed + 2, *latent.mean.shape), random(seed + 3, *latent.mean.shape)
        new = {"in.image": image, "in.encode.eps": noise, "in.latent": other, "out.encode.moments": latent.parameters,
               "out.encode.mean": latent.mean, "out.encode.logvar": latent.logvar, "out.encode.std": latent.std,
               "out.encode.sample": latent.mean + latent.std * noise, "out.decode": network.decode(other).sample,
               "out.encode.latent_mode_scaled": latent.mean * config["scaling_factor"]}
        state = network.state_dict()
        before = {key: key for key in state}
        for now, then in NAMES.items():
            before = {key: old.replace(now, then) for key, old in before.items()}
        self.write(name, like, new, {"weights": state, "weights-deprecated-names": {before[k]: state[k] for k in state}},
                   config=config, parameters={**case["parameters"], "scaling_factor": config["scaling_factor"]})

    def schedulers(self, name, like, wanted):
        tensors, traces = {}, []
        for seed, (prefix, cls, steps, changes) in enumerate(wanted):
            config = {**LINEAR, **({"set_alpha_to_one": True} if cls is DDIMScheduler else {}), **changes}
            made = trace(cls(**config), steps, seed)
            tensors.update({f"{prefix}.{key}": value for key, value in made.items()})
            traces.append({"prefix": prefix, "scheduler": cls.__name__, "steps": steps, "eta": 0.0, "config": config})
        self.write(name, like, tensors, {}, traces=traces)


class LongVideos(AnimateDiffFreeNoiseMixin):
    """As much of a pipeline as FreeNoise needs to change its network."""

    def __init__(self, network):
        self.unet, self.motion_adapter = network, SimpleNamespace(config=network.config)
        self.device, self.dtype = network.device, network.dtype


class PerClip(torch.nn.GroupNorm):
    """AnimateDiff v1's outside its motion modules: statistics of all frames of each of two clips."""

    def forward(self, x):
        n, c, h, w = x.shape
        return super().forward(x.view(2, n // 2, c, h, w).transpose(1, 2)).transpose(1, 2).reshape(x.shape)


class PerFrame(torch.nn.GroupNorm):
    """The original AnimateDiff's: each frame's own statistics."""

    def forward(self, x):
        b, c, f, h, w = x.shape
        return super().forward(x.transpose(1, 2).reshape(b * f, c, h, w)).view(b, f, c, h, w).transpose(1, 2)


def trace(scheduler, steps, seed):
    scheduler.set_timesteps(steps)
    generator = torch.Generator().manual_seed(seed)
    draw = lambda *more: torch.randn(*more, 1, 4, 2, 3, 3, generator=generator)
    x, outputs = draw(), draw(steps)
    made = {"initial": x, "model_output": outputs, "timesteps": scheduler.timesteps, "betas": scheduler.betas,
            "alphas_cumprod": scheduler.alphas_cumprod}
    states, clean, drawn = [], [], []
    for t, output in zip(scheduler.timesteps, outputs):
        before = torch.Generator().set_state(generator.get_state())
        step = scheduler.step(output, t, x, generator=generator)
        stochastic = isinstance(scheduler, DDPMScheduler) and t > 0
        drawn.append(torch.randn(x.shape, generator=before) if stochastic else torch.zeros_like(x))
        x = step.prev_sample
        states.append(x)
        clean.append(step.pred_original_sample)
    made.update({"prev_sample": torch.stack(states), "pred_original_sample": torch.stack(clean)})
    if isinstance(scheduler, DDPMScheduler):
        made["variance_noise"] = torch.stack(drawn)
    else:
        made["final_alpha_cumprod"] = scheduler.final_alpha_cumprod.view(1)
    times, original, noise = torch.tensor([1, 300, 700, 999]), draw(), draw()
    made.update({"add_noise.timesteps": times, "add_noise.original": original, "add_noise.noise": noise})
    made["add_noise.result"] = torch.stack([scheduler.add_noise(original, noise, t.view(1)) for t in times])
    return made


@torch.no_grad()
def main(path):
    folder = Folder(path)
    folder.unet("unet2d-one-level", "unet2d-sd1", 1, block_out_channels=[8], attention_head_dim=2,
                down_block_types=["CrossAttnDownBlock2D"], up_block_types=["CrossAttnUpBlock2D"])
    folder.unet("unet2d-uneven", "unet2d-sd2", 11, block_out_channels=[8, 12, 16], layers_per_block=[1, 2, 3],
                attention_head_dim=[2, 3, 4],
                down_block_types=["CrossAttnDownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"],
                up_block_types=["CrossAttnUpBlock2D", "UpBlock2D", "CrossAttnUpBlock2D"])
    folder.motion("unet-motion-two-layers", "unet-motion-diffusers", 21, block_out_channels=[8, 16],
                  down_block_types=["CrossAttnDownBlockMotion", "DownBlockMotion"],
                  up_block_types=["UpBlockMotion", "CrossAttnUpBlockMotion"], use_linear_projection=True,
                  temporal_transformer_layers_per_block=2, temporal_transformer_layers_per_mid_block=2)
    folder.motion("unet-motion-v1", "unet-motion-diffusers", 25, block_out_channels=[8, 16],
                  down_block_types=["CrossAttnDownBlockMotion", "DownBlockMotion"],
                  up_block_types=["UpBlockMotion", "CrossAttnUpBlockMotion"], motion_max_seq_length=24,
                  use_motion_mid_block=False)
    folder.freenoise("unet-motion-freenoise", "unet-motion-diffusers", 27, 8, 4, block_out_channels=[8, 16],
                     down_block_types=["CrossAttnDownBlockMotion", "DownBlockMotion"],
                     up_block_types=["UpBlockMotion", "CrossAttnUpBlockMotion"], motion_max_seq_length=8)
    folder.vae("vae-5level", "vae-2level", 31, block_out_channels=[4, 4, 8, 4, 8], norm_num_groups=2,
               down_block_types=["DownEncoderBlock2D"] * 5, up_block_types=["UpDecoderBlock2D"] * 5)
    folder.vae("vae-1level", "vae-2level", 41, block_out_channels=[8], layers_per_block=3, norm_num_groups=2,
               latent_channels=8, scaling_factor=0.5,
               down_block_types=["DownEncoderBlock2D"], up_block_types=["UpDecoderBlock2D"])
    folder.schedulers("ddim-more-steps", "ddim-steps", [
        ("seven", DDIMScheduler, 7, {}), ("thirty", DDIMScheduler, 30, {"set_alpha_to_one": False}),
        ("velocity", DDIMScheduler, 13, {"prediction_type": "v_prediction", "beta_schedule": "scaled_linear"}),
        ("clipped", DDIMScheduler, 12, {"clip_sample": True}),
        ("trailing", DDIMScheduler, 10, {"timestep_spacing": "trailing"}),
        ("ddpm", DDPMScheduler, 33, {"variance_type": "fixed_small", "beta_start": 0.0001, "beta_end": 0.02})])


main(sys.argv[1])
