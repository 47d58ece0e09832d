#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times one guided step at full size on an NVIDIA GPU: 2 x 16 frames of 512 x 512, 16 bit floats, random weights of
Stable Diffusion 1.5 with AnimateDiff v2, and of LaVie. The networks' programs and their tries (tries.py), beside
diffusers as it is and compiled, all in one process; every output is held against diffusers in 32 bits.

Needs torch (CUDA) and diffusers:  python3 steps.py --out results.json [--only PART,...] [--archives DIR]
Parts: micro, eager, programs, profiles, lavie, compiled, late. --archives (here) has unet.pt and lavie_unet.pt as
`./i4vgen program NAME --out FILE` writes them; they are the rows `archive`, and all that --only eager,lavie,compiled
times beside diffusers.
"""
import argparse
import json
import pathlib
import statistics
import time

import torch

import micro
import programs
import tries

PARTS = ("micro", "eager", "programs", "profiles", "lavie", "compiled", "late")
FRAMES = 16


class Steps:
    def __init__(self, options):
        self.options = options
        self.device = torch.device(options.device)
        self.type = torch.float16 if options.device == "cuda" else torch.float32
        self.results = {"torch": torch.__version__, "rows": []}
        self.started = time.time()
        if options.device == "cuda":
            self.results["device"] = torch.cuda.get_device_name()
        torch.backends.cudnn.allow_tf32 = False
        print(self.results, flush=True)

    def note(self, **row):
        row["at"] = round(time.time() - self.started, 1)
        self.results["rows"].append(row)
        print(" ".join(f"{key}={value}" for key, value in row.items()), flush=True)
        if self.options.out:
            pathlib.Path(self.options.out).write_text(json.dumps(self.results, indent=1))

    def inputs(self, width=768):
        side = 8 if self.options.tiny else 64
        generator = torch.Generator().manual_seed(0)
        sample = torch.randn(2 * FRAMES, 4, side, side, generator=generator)
        sample[FRAMES:] = sample[:FRAMES]
        text = torch.randn(2, 77, width, generator=generator)
        return sample.to(self.device, self.type), text.to(self.device, self.type)

    def model(self):
        from diffusers import UNetMotionModel
        small = dict(block_out_channels=(32, 64, 64, 64), cross_attention_dim=768, norm_num_groups=8,
                     motion_num_attention_heads=4, num_attention_heads=4) if self.options.tiny else {}
        torch.manual_seed(0)
        with self.device:
            config = dict(sample_size=64, cross_attention_dim=768, num_attention_heads=8, use_motion_mid_block=True)
            return UNetMotionModel(**{**config, **small}).eval().requires_grad_(False)

    def measured(self, call):
        """Median, least and most of the milliseconds of a step, and how long the processor takes to ask for it; what
        the first took in seconds; the most memory above the weights."""
        if self.device.type != "cuda":
            call()
            return {}
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        held = torch.cuda.memory_allocated()
        begin = time.time()
        call()
        torch.cuda.synchronize()
        first = time.time() - begin
        for _ in range(4):
            call()
        times, issued = [], []
        for _ in range(self.options.runs):
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record()
            begin = time.perf_counter()
            call()
            issued.append((time.perf_counter() - begin) * 1e3)
            end.record()
            end.synchronize()
            times.append(start.elapsed_time(end))
        return {"ms": round(statistics.median(times), 2), "least": round(min(times), 2), "most": round(max(times), 2),
                "issued_ms": round(statistics.median(issued), 1), "first_s": round(first, 1),
                "working_gib": round((torch.cuda.max_memory_allocated() - held) / 2**30, 2)}

    def error(self, got, want):
        difference = (got.float() - want).abs()
        return {"max_abs": float(f"{difference.max().item():.3g}"),
                "relative": float(f"{(difference.square().mean().sqrt() / want.square().mean().sqrt()).item():.3g}")}

    def attempt(self, name, call, compare, want, optimised=False, benchmark=False):
        torch.backends.cudnn.benchmark = benchmark
        try:
            with torch.jit.optimized_execution(optimised):
                self.note(name=name, optimised=optimised, cudnn_benchmark=benchmark, **self.measured(call),
                          **self.error(compare(), want))
        except Exception as failure:
            self.note(name=name, optimised=optimised, failed=f"{type(failure).__name__}: {str(failure)[-1500:]}")
        finally:
            torch.backends.cudnn.benchmark = False

    def profile(self, name, call):
        for _ in range(3):
            call()
        torch.cuda.synchronize()
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profiler:
            call()
            torch.cuda.synchronize()
        print(f"--- {name}: kernels of one step")
        rows = sorted(profiler.key_averages(), key=lambda row: -row.self_device_time_total)
        total = sum(row.self_device_time_total for row in rows) / 1e3
        print(f"total {total:.2f} ms in {sum(row.count for row in rows)}")
        for row in rows[:25]:
            print(f"{row.self_device_time_total / 1e3:8.2f} ms {row.count:5d}  {row.key[:200]}")
        print(flush=True)

    def animatediff(self):
        parts = self.options.only
        sample, text = self.inputs()
        step = torch.tensor([481], device=self.device)
        clips = sample.reshape(2, FRAMES, *sample.shape[1:]).permute(0, 2, 1, 3, 4)
        repeated = text.repeat_interleave(FRAMES, 0)
        model = self.model()

        def diffusers(clips=clips, text=repeated):
            out = model(clips, step, text, return_dict=False)[0]
            return out.permute(0, 2, 1, 3, 4).reshape(sample.shape)

        want = diffusers(clips.float(), repeated.float()).float()
        model.to(self.type)
        weights = {name: tensor.detach() for name, tensor in model.state_dict().items()}
        print(f"{len(weights)} tensors, {sum(t.numel() for t in weights.values()) / 1e9:.3f} G parameters; "
              f"output {want.mean().item():.3f} +- {want.std().item():.3f}", flush=True)
        if "eager" in parts:
            self.attempt("diffusers eager", diffusers, diffusers, want)
            self.attempt("diffusers eager", diffusers, diffusers, want, benchmark=True)

        heads, groups = model.config.num_attention_heads, model.config.norm_num_groups
        motion_heads, motion_groups = model.config.motion_num_attention_heads, groups

        def runner(net, weights=weights, shared=False, once=False):
            given = programs.given(net, sample, once, FRAMES)
            norms, windows = programs.norms(net, 1e-5), programs.windows(net)
            return lambda: net.forward(*given, step, text, FRAMES, True, *windows, [heads] * 4, groups, *norms, True,
                                       0., 1, False, motion_heads, motion_groups, shared, [], weights)

        def tried(name, net, weights=weights, once=False, **settings):
            # Timed as AnimateDiff was published (statistics per frame), compared as diffusers has it (shared).
            self.attempt(name + (", latents once" if once else ""), runner(net, weights, False, once),
                         runner(net, weights, True, once), want, **settings)

        def one(name, weights_last=True, profiled=False, **settings):
            net = programs.program("unet", tries.ANIMATEDIFF[name])
            tried(name + ("" if weights_last else ", weights as they are"), net, last if weights_last else weights,
                  **settings)
            if profiled and self.device.type == "cuda":
                with torch.jit.optimized_execution(settings.get("optimised", False)):
                    self.profile(f"{name} {settings}", runner(net, last, False, settings.get("once", False)))

        last = weights
        if self.device.type == "cuda":
            last = {name: tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor
                    for name, tensor in weights.items()}
        if (self.options.archives / "unet.pt").exists():
            net = torch.jit.load(self.options.archives / "unet.pt")
            tried("archive, weights as they are", net)
            tried("archive", net, last)
            tried("archive", net, last, once=True)
        if "programs" in parts:
            for run in tries.RUNS:
                one(**run)
        if "profiles" in parts and self.device.type == "cuda":
            for name in tries.PROFILED:
                with torch.jit.optimized_execution(False):
                    self.profile(name, runner(programs.program("unet", tries.ANIMATEDIFF[name]), last))
        if "lavie" in parts:
            self.lavie()
        if "compiled" in parts:
            compiled = torch.compile(model)

            def run():
                out = compiled(clips, step, repeated, return_dict=False)[0]
                return out.permute(0, 2, 1, 3, 4).reshape(sample.shape)

            self.attempt("diffusers compiled", run, run, want)
            if "profiles" in parts and self.device.type == "cuda":
                self.profile("diffusers compiled", run)
        if "late" in parts:
            for run in tries.LATE:
                one(**run)

    def lavie_weights(self):
        from diffusers import UNet2DConditionModel
        torch.manual_seed(1)
        small = dict(block_out_channels=(64, 128, 128, 128), norm_num_groups=8,
                     attention_head_dim=2) if self.options.tiny else {}
        with self.device:
            model = UNet2DConditionModel(**{**dict(sample_size=64, cross_attention_dim=768, attention_head_dim=8),
                                            **small}).requires_grad_(False)
            heads, groups = model.config.attention_head_dim, model.config.norm_num_groups
            weights = dict(model.state_dict())
            for key in [k for k in weights if k.endswith("transformer_blocks.0.norm1.weight")]:
                block, c = key[:-len(".norm1.weight")], weights[key].shape[0]
                for layer in ("to_q", "to_k", "to_v", "to_out.0"):
                    linear = torch.nn.Linear(c, c, bias=layer == "to_out.0").requires_grad_(False)
                    weights.update({f"{block}.attn_temp.{layer}.{k}": v for k, v in linear.state_dict().items()})
                weights[f"{block}.norm_temp.weight"] = torch.ones(c)
                weights[f"{block}.norm_temp.bias"] = torch.zeros(c)
                weights[f"{block}.attn_temp.time_rel_pos_bias.relative_attention_bias.weight"] = torch.randn(32, heads)
        return weights, heads, groups

    def lavie(self):
        weights, heads, groups = self.lavie_weights()
        sample, text = self.inputs()
        step = torch.tensor([481], device=self.device)

        def runner(net, w, x=sample, t=text, once=False):
            given = programs.given(net, x, once, FRAMES)
            windows = programs.windows(net)
            return lambda: net.forward(*given, step, t, FRAMES, True, *windows, [heads] * 4, groups, 1e-5, True, 0., 1,
                                       w)

        with torch.jit.optimized_execution(False):
            want = runner(programs.program("lavie_unet"), weights, sample.float(), text.float())().float()
        half = {k: v.to(self.type) for k, v in weights.items()}
        last = half
        if self.device.type == "cuda":
            last = {k: v.contiguous(memory_format=torch.channels_last) if v.dim() == 4 else v for k, v in half.items()}
        print(f"LaVie: {sum(t.numel() for t in weights.values()) / 1e9:.3f} G parameters", flush=True)
        if (self.options.archives / "lavie_unet.pt").exists():
            net = torch.jit.load(self.options.archives / "lavie_unet.pt")
            for name, run in (("lavie archive, weights as they are", runner(net, half)),
                              ("lavie archive", runner(net, last)),
                              ("lavie archive, latents once", runner(net, last, once=True))):
                self.attempt(name, run, run, want)
        for name in tries.LAVIE if "programs" in self.options.only else ():
            run = runner(programs.program("lavie_unet", tries.LAVIE[name]), last)
            self.attempt("lavie " + name, run, run, want)
            if name == "shipped" or "lean" in name:
                run = runner(programs.program("lavie_unet", tries.LAVIE[name]), last, once=True)
                self.attempt(f"lavie {name}, latents once", run, run, want)
        if "profiles" in self.options.only and self.device.type == "cuda":
            with torch.jit.optimized_execution(False):
                name = list(tries.LAVIE)[-1]
                self.profile("lavie " + name, runner(programs.program("lavie_unet", tries.LAVIE[name]), last))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out")
    parser.add_argument("--only", type=lambda text: text.split(","), default=PARTS)
    parser.add_argument("--archives", type=pathlib.Path, default=programs.HERE)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--runs", type=int, default=12)
    steps = Steps(parser.parse_args())
    with torch.no_grad():
        if "micro" in steps.options.only and steps.device.type == "cuda":
            micro.measure(steps.note)
        steps.animatediff()
    print(f"done after {time.time() - steps.started:.0f} s", flush=True)


main()
