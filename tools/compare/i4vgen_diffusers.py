# SPDX-License-Identifier: Apache-2.0
"""The pipeline of routes/i4vgen.camel.yaml in Python, with diffusers and plain torch, on the CPU: candidates without
motion, rewards, NI-VSDS (arXiv 2406.02230, Algorithm 1, with the numbers of the authors' program), regeneration,
decoding.

The network of the rewards is the class in the pack's training code. Prints one JSON object: seconds per stage, their
total, the seconds since the process started, and its peak memory in bytes.
"""
import time

STARTED = time.perf_counter()

import argparse
import contextlib
import importlib.util
import json
import resource
import sys
from pathlib import Path

import diffusers
import torch
import transformers
from diffusers import AutoencoderKL, DDIMScheduler, MotionAdapter, UNet2DConditionModel, UNetMotionModel
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from safetensors.torch import load_file
from tokenizers import BertWordPieceTokenizer
from transformers import CLIPTextModel, CLIPTokenizer

STEP_SIZES = [10.0, 10.0, 10.0]  # and 1 from then on
FRACTION = 0.6
IMAGES_A_DECODE = 16
SINGLE = {"torch_dtype": torch.float32, "low_cpu_mem_usage": False}

diffusers.logging.set_verbosity_error()
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


class PerFrameGroupNorm(torch.nn.GroupNorm):
    """The motion modules' norm over (batch, channels, frames, height, width) with each frame's own statistics, as in
    AnimateDiff; that of diffusers shares them over the frames."""

    def forward(self, x):
        b, c, f, h, w = x.shape
        y = super().forward(x.transpose(1, 2).reshape(b * f, c, h, w))
        return y.view(b, f, c, h, w).transpose(1, 2)


class Pack:
    """The networks of a folder in the layout of diffusers, in single precision."""

    def __init__(self, folder, training):
        self.tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
        self.text = CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=torch.float32).eval()
        self.image_unet = UNet2DConditionModel.from_pretrained(folder / "unet", **SINGLE).eval()
        adapter = MotionAdapter.from_pretrained(folder / "motion_adapter", **SINGLE)
        self.video_unet = UNetMotionModel.from_unet2d(self.image_unet, adapter).eval()
        for module in self.video_unet.modules():
            if isinstance(module, AnimateDiffTransformer3D):
                module.norm.__class__ = PerFrameGroupNorm
        self.vae = AutoencoderKL.from_pretrained(folder / "vae", **SINGLE).eval()
        self.scheduler = DDIMScheduler.from_pretrained(folder / "scheduler")
        self.reward = load_reward(folder / "reward", training)
        self.reward_tokenizer = BertWordPieceTokenizer(str(folder / "reward" / "vocab.txt"), lowercase=True)
        length = self.reward.config["max_length"]
        self.reward_tokenizer.enable_truncation(length)
        self.reward_tokenizer.enable_padding(length=length)


def load_reward(folder, training):
    spec = importlib.util.spec_from_file_location("reward_model", training / "reward_model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    reward = module.ImageReward(json.loads((folder / "config.json").read_text()))
    missing, unexpected = reward.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    missing = [key for key in missing if not key.endswith("position_ids")]
    if missing or unexpected:
        sys.exit(f"{folder}: missing {missing}, unexpected {unexpected}")
    return reward.float().eval()


class Pipeline:
    """Latents of images are (n, 4, height, width), of videos (1, 4, frames, height, width)."""

    def __init__(self, pack, options):
        self.pack, self.options = pack, options
        pack.scheduler.set_timesteps(options.steps)
        self.timesteps = pack.scheduler.timesteps
        self.seconds = {}

    @contextlib.contextmanager
    def stage(self, name):
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start

    def run(self):
        with self.stage("text-encode"):
            self.context = torch.cat([self.encode(""), self.encode(self.options.prompt)])
        noise = self.randn(self.options.candidates)
        with self.stage("candidates"):
            candidates = self.denoise(self.image_epsilon, noise)
        with self.stage("image-reward"):
            rewards = self.rewards(self.decode(candidates))
        best = int(rewards.argmax())
        video = candidates[best][None, :, None].repeat(1, 1, self.options.frames, 1, 1)
        with self.stage("ni-vsds"):
            video = self.ni_vsds(video)
        with self.stage("denoise"):
            start = self.pack.scheduler.add_noise(video, torch.randn(video.shape), self.timesteps[:1])
            video = self.denoise(self.video_epsilon, start)
        with self.stage("decode"):
            frames = self.decode(video[0].transpose(0, 1))
        return frames, rewards, best

    def randn(self, count):
        config = self.pack.image_unet.config
        return torch.randn(count, config.in_channels, config.sample_size, config.sample_size)

    def encode(self, prompt):
        length = self.pack.tokenizer.model_max_length
        ids = self.pack.tokenizer(prompt, padding="max_length", truncation=True, max_length=length, return_tensors="pt")
        return self.pack.text(ids.input_ids).last_hidden_state

    def guided(self, both):
        without, with_prompt = both.chunk(2)
        return without + self.options.guidance * (with_prompt - without)

    def image_epsilon(self, x, t):
        context = self.context.repeat_interleave(len(x), 0)
        return self.guided(self.pack.image_unet(torch.cat([x, x]), t, encoder_hidden_states=context).sample)

    def video_epsilon(self, x, t):
        context = self.context.repeat_interleave(x.shape[2], 0)
        return self.guided(self.pack.video_unet(torch.cat([x, x]), t, encoder_hidden_states=context).sample)

    def denoise(self, epsilon, x):
        for t in self.timesteps:
            x = self.pack.scheduler.step(epsilon(x, t), t, x).prev_sample
        return x

    def ni_vsds(self, v):
        noise = torch.randn(v.shape)
        for i, t in enumerate(self.timesteps[:int(self.options.steps * FRACTION) + 1]):
            step_size = STEP_SIZES[i] if i < len(STEP_SIZES) else 1.0
            v_t = self.pack.scheduler.add_noise(v, noise, t[None])
            v = v - step_size * (1 - self.pack.scheduler.alphas_cumprod[t]) * (self.video_epsilon(v_t, t) - noise)
        return v

    def decode(self, latents):
        latents = latents / self.pack.vae.config.scaling_factor
        images = [self.pack.vae.decode(part).sample for part in latents.split(IMAGES_A_DECODE)]
        return (torch.cat(images) / 2 + 0.5).clamp(0, 1)

    def rewards(self, images):
        ids = torch.tensor([self.pack.reward_tokenizer.encode(self.options.prompt).ids])
        return self.pack.reward.score(images, ids.expand(len(images), -1))


def save_gif(frames, path, fps):
    from PIL import Image
    pixels = (frames * 255).round().byte().permute(0, 2, 3, 1).numpy()
    first, *others = [Image.fromarray(frame) for frame in pixels]
    first.save(path, save_all=True, append_images=others, duration=1000 // fps, loop=0)


def peak_memory():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prompt")
    parser.add_argument("--pack", type=Path, required=True, help="folder with text_encoder/, unet/, vae/ and so on")
    parser.add_argument("--training", type=Path, help="folder of reward_model.py (default: training/ in the pack)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--candidates", type=int, default=16)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--guidance", type=float, default=5.0)
    parser.add_argument("--threads", type=int, help="of torch (default: torch's own choice)")
    parser.add_argument("--out", type=Path, help="a GIF to write")
    return parser.parse_args()


def main():
    options = parse_options()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    pack = Pack(options.pack, options.training or options.pack / "training")
    loaded = time.perf_counter()
    pipeline = Pipeline(pack, options)
    with torch.no_grad():
        frames, rewards, best = pipeline.run()
    if options.out:
        save_gif(frames, options.out, fps=8)
    print(json.dumps({
        "seconds": {"start": loaded - STARTED} | pipeline.seconds,
        "compute": sum(pipeline.seconds.values()),
        "total": time.perf_counter() - STARTED,
        "peak_memory": peak_memory(),
        "anchor": best,
        "rewards": [round(reward, 4) for reward in rewards.tolist()],
        "torch": torch.__version__,
        "threads": torch.get_num_threads()}))


if __name__ == "__main__":
    main()
