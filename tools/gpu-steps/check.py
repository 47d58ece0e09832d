#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every try against the reference cases, on the CPU in 32 bits, before it goes to a GPU: check.py DIR"""
import json
import pathlib
import sys

import torch
from safetensors.torch import load_file

import programs
import tries

root = pathlib.Path(sys.argv[1])


def images(x):
    b, c, f, h, w = x.shape
    return x.permute(0, 2, 1, 3, 4).reshape(b * f, c, h, w)


def case(name):
    folder = root / name
    return json.loads((folder / "case.json").read_text())["config"], load_file(folder / "io.safetensors"), load_file(
        folder / "weights.safetensors")


def error(got, want):
    return ((got - want).abs().max() / want.abs().max()).item()


def animatediff(parts):
    if "unrolled" in parts:
        return float("nan")  # of another number of layers than the case: its output is compared where it is timed
    config, io, w = case("unet-motion-diffusers")
    net = programs.program("unet", parts)
    heads = [config["num_attention_heads"]] * 4
    worst = max(motion(net, io, w, heads, {"shared": True}, "out.sample"),
                motion(net, io, w, heads, {}, "out.sample_per_frame_groupnorm"))
    if set(parts) & {"lean", "shipped"}:
        worst = max(worst, once(net, io, w, heads))
    if programs.takes(net, "clip_norm"):
        config, io, w = case("unet-motion-v1")
        heads = [config["num_attention_heads"]] * len(config["block_out_channels"])
        worst = max(worst, motion(net, io, w, heads, {"clip": True}, "out.sample_per_clip_groupnorm"))
        worst = max(worst, windows(net))
    return worst


def windows(net):
    """FreeNoise's windows of 8 frames, each 4 after the one before it."""
    config, io, w = case("unet-motion-freenoise")
    heads = [config["num_attention_heads"]] * len(config["block_out_channels"])
    worst = 0.
    for name, shares in (("flat", [1.] * 8), ("pyramid", [1., 2., 3., 4., 4., 3., 2., 1.])):
        for f in (16, 20):
            got = net.forward(images(io[f"in.sample.f{f}"]), False, io["in.timestep"], io["in.encoder_hidden_states"],
                              f, True, list(range(0, f - 7, 4)), shares, heads, 4, *programs.norms(net, 1e-5), True, 0.,
                              1, False, 4, 4, True, [], w)
            worst = max(worst, error(got, images(io[f"out.sample.{name}.f{f}"])))
    return worst


def motion(net, io, w, heads, norms, out):
    worst = 0.
    for f in (8, 16):
        sample = programs.given(net, images(io[f"in.sample.f{f}"]), False, f)
        got = net.forward(*sample, io["in.timestep"], io["in.encoder_hidden_states"], f, True,
                          *programs.windows(net), heads, 4, *programs.norms(net, 1e-5, norms.get("clip", False)), True,
                          0., 1, False, 4, 4, norms.get("shared", False), [], w)
        worst = max(worst, error(got, images(io[f"{out}.f{f}"])))
    return worst


def once(net, io, w, heads):
    """A sample that is the same for both texts."""
    sample = images(io["in.sample.f8"])[:8].repeat(2, 1, 1, 1)
    outputs = [net.forward(*programs.given(net, sample, equal, 8), io["in.timestep"], io["in.encoder_hidden_states"], 8,
                           True, *programs.windows(net), heads, 4, *programs.norms(net, 1e-5), True, 0., 1, False, 4, 4,
                           False, [], w)
               for equal in (True, False)]
    return error(*outputs)


def lavie(parts):
    config, io, w = case("lavie-unet")
    net = programs.program("lavie_unet", parts)
    worst = 0.
    for name in ("f1", "f8", "f16", "f16_t0"):
        sample = io[name + ".sample"]
        f = sample.shape[2]
        given = programs.given(net, images(sample), False, f)
        got = net.forward(*given, io[name + ".timestep"].reshape(-1), io[name + ".encoder_hidden_states"], f,
                          True, *programs.windows(net), [config["attention_head_dim"]] * 2, config["norm_num_groups"],
                          1e-5, True, 0., 1, w)
        worst = max(worst, error(got, images(io[name + ".output"])))
    return worst


for network, run, table in (("unet", animatediff, tries.ANIMATEDIFF), ("lavie_unet", lavie, tries.LAVIE)):
    for name, parts in table.items():
        for optimised in (False, True):
            with torch.jit.optimized_execution(optimised), torch.no_grad():
                for force in ((), ("force",)):
                    if not force or set(parts) & {"nhwc", "shipped"}:
                        print(f"{network:12} {name:12} {'forced' if force else '':7} {optimised!s:6} "
                              f"{run(list(parts) + list(force)):.2e}", flush=True)
