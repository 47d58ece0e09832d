# SPDX-License-Identifier: Apache-2.0
"""Traces of diffusers' schedulers, for the tests: python make.py ../../src/test/resources/samplers

Needs torch, diffusers and safetensors; checked with diffusers 0.42.1. Each case is a scheduler with a configuration,
sampled with a small function in the place of the model. Written are cases.json (class, configuration, steps, start)
and traces.safetensors: CASE.timesteps, CASE.states (before the first step and after each, variance-preserving: what
diffusers' Euler calls x is divided by sqrt(1 + sigma^2)), and CASE.noise (what each step would draw).
"""
import importlib
import json
import sys
from pathlib import Path

import diffusers
import torch
from safetensors.torch import save_file

SHAPE = (2, 1, 2, 3)  # frames, channels, height, width
SCALED = {"EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler"}
MODULES = {
    "DDIMScheduler": "scheduling_ddim",
    "DDPMScheduler": "scheduling_ddpm",
    "EulerDiscreteScheduler": "scheduling_euler_discrete",
    "EulerAncestralDiscreteScheduler": "scheduling_euler_ancestral_discrete",
    "DPMSolverMultistepScheduler": "scheduling_dpmsolver_multistep",
    "UniPCMultistepScheduler": "scheduling_unipc_multistep",
    "LCMScheduler": "scheduling_lcm",
}
LINEAR = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "linear"}
CUSTOM = {"num_train_timesteps": 100, "trained_betas": [round(0.001 + 0.0008 * i + 0.01 * (i % 3), 6) for i in range(100)]}
CLIPS = {"DDIMScheduler", "DDPMScheduler", "LCMScheduler"}


def model(x, t):
    """The toy model: what it returns depends on every coordinate and on the timestep."""
    return 0.8 * torch.sin(1.3 * x + float(t) / 200) + 0.2 * x


def config(name, **more):
    clip = {"clip_sample": False} if name in CLIPS else {}
    return {**LINEAR, **clip, **more}


def cases():
    for name in MODULES:
        for spacing in ("leading", "trailing", "linspace"):
            offset = {"steps_offset": 1} if spacing == "leading" else {}
            yield name, config(name, timestep_spacing=spacing, **offset), 5, 0
        for steps in (1, 2, 25):
            yield name, config(name, timestep_spacing="leading", beta_schedule="scaled_linear", steps_offset=1), steps, 0
        yield name, config(name, timestep_spacing="trailing", prediction_type="v_prediction"), 5, 0
        if name != "EulerAncestralDiscreteScheduler":  # which does not have it
            yield name, config(name, timestep_spacing="trailing", prediction_type="sample"), 5, 0
        lcm = {"original_inference_steps": 20} if name == "LCMScheduler" else {}
        yield name, config(name, timestep_spacing="trailing", **CUSTOM, **lcm), 5, 0
        yield name, config(name, timestep_spacing="leading", steps_offset=1), 8, 3
        yield name, {}, 4, 0  # the class's own defaults
    for name in CLIPS:
        yield name, {**LINEAR, "clip_sample": True, "clip_sample_range": 0.7, "timestep_spacing": "leading"}, 5, 0
    for name in ("EulerDiscreteScheduler", "DPMSolverMultistepScheduler", "UniPCMultistepScheduler"):
        for steps in (1, 6):
            yield name, config(name, use_karras_sigmas=True, timestep_spacing="leading", steps_offset=1), steps, 0
        yield name, config(name, final_sigmas_type="sigma_min", timestep_spacing="leading"), 6, 0
    solver = "DPMSolverMultistepScheduler"
    yield solver, config(solver, solver_type="heun"), 6, 0
    yield solver, config(solver, solver_order=1), 6, 0
    yield solver, config(solver, euler_at_final=True, final_sigmas_type="sigma_min"), 16, 0
    yield solver, config(solver, lower_order_final=False, final_sigmas_type="sigma_min"), 6, 0
    yield solver, config(solver, final_sigmas_type="sigma_min"), 16, 2
    solver = "UniPCMultistepScheduler"
    for more in ({"solver_type": "bh1", "final_sigmas_type": "sigma_min"}, {"solver_order": 1}, {"solver_order": 3},
                 {"solver_order": 3, "final_sigmas_type": "sigma_min", "prediction_type": "v_prediction"}):
        yield solver, config(solver, **more), 7, 0
    yield solver, config(solver, solver_order=3), 9, 2
    yield "LCMScheduler", config("LCMScheduler", original_inference_steps=100, timestep_scaling=0.01), 6, 0
    yield "DDIMScheduler", {"beta_schedule": "squaredcos_cap_v2", "clip_sample": False, "set_alpha_to_one": False}, 5, 0
    for name in MODULES:
        zero = {"rescale_betas_zero_snr": True}
        yield name, config(name, timestep_spacing="trailing", prediction_type="v_prediction", **zero), 6, 0
        if name != "LCMScheduler":  # whose grid has the last timestep, where epsilon tells nothing
            yield name, config(name, timestep_spacing="leading", steps_offset=1, **zero), 6, 0


def trace(name, settings, steps, start, seed):
    scheduler = getattr(diffusers, name)(**settings)
    scheduler.set_timesteps(steps)
    generator = torch.Generator().manual_seed(seed)
    state = torch.randn(SHAPE, generator=generator)
    noise = torch.randn((steps - start, *SHAPE), generator=generator)
    scales = (scheduler.sigmas ** 2 + 1) ** 0.5 if name in SCALED else torch.ones(steps + 1)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(start)
    module = importlib.import_module("diffusers.schedulers." + MODULES[name])
    states = [state]
    x = state * scales[start]
    for i in range(start, steps):
        t = scheduler.timesteps[i]
        module.randn_tensor = lambda *_, **__: noise[i - start]
        output = model(scheduler.scale_model_input(x, t), t)
        x = scheduler.step(output, t, x, return_dict=False)[0]
        states.append(x / scales[i + 1])
    return {"timesteps": scheduler.timesteps.to(torch.float32), "states": torch.stack(states), "noise": noise}


def main(folder):
    described, tensors = [], {}
    for number, (name, settings, steps, start) in enumerate(cases()):
        made = trace(name, settings, steps, start, number)
        assert torch.isfinite(made["states"]).all(), (name, settings)
        tensors.update({f"case{number}.{key}": value.contiguous() for key, value in made.items()})
        described.append({"class": name, "config": settings, "steps": steps, "start": start})
    lines = ",\n".join(" " + json.dumps(case) for case in described)
    (folder / "cases.json").write_text(f'{{"diffusers": "{diffusers.__version__}", "cases": [\n{lines}\n]}}\n')
    save_file(tensors, folder / "traces.safetensors")
    defaults = {name: json.loads(getattr(diffusers, name)().to_json_string()) for name in MODULES}
    (folder / "defaults.json").write_text(json.dumps(defaults, indent=1) + "\n")


main(Path(sys.argv[1]))
