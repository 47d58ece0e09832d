# SPDX-License-Identifier: Apache-2.0
"""The tries: which parts replace functions of the networks."""
ANIMATEDIFF = {
    "plain": (),
    "nhwc": ("nhwc",),
    "sums": ("nhwc", "sums"),
    "qkv": ("nhwc", "sums", "qkv"),
    "efficient": ("nhwc", "sums", "qkv", "efficient"),
    "blocks": ("nhwc", "sums", "qkv", "efficient", "blocks"),
    "offsets": ("nhwc", "sums", "qkv", "efficient", "blocks", "offsets"),
    "tanh": ("nhwc", "sums", "qkv", "efficient", "blocks", "tanh"),
    "fusible": ("nhwc", "sums", "qkv", "efficient", "blocks", "fusible"),
    "unrolled": ("nhwc", "sums", "qkv", "efficient", "blocks", "fusible", "unrolled"),
}
LAVIE = {
    "plain": (),
    "nhwc": ("nhwc", "sums"),
    "qkv": ("nhwc", "sums", "qkv"),
    "rotary": ("nhwc", "sums", "qkv", "blocks", "rotary"),
}

# In this order; with or without TorchScript's optimising executor, cuDNN's benchmark and weights in channels-last.
RUNS = [
    {"name": "plain", "weights_last": False},
    {"name": "plain", "weights_last": False, "optimised": True},
    {"name": "plain", "weights_last": False, "benchmark": True},
    {"name": "nhwc", "weights_last": False},
    {"name": "nhwc"},
    {"name": "nhwc", "benchmark": True},
    {"name": "sums"},
    {"name": "qkv"},
    {"name": "efficient"},
    {"name": "blocks"},
    {"name": "blocks", "optimised": True},
    {"name": "tanh"},
    {"name": "offsets", "profiled": True},
    {"name": "unrolled"},
    {"name": "fusible", "optimised": True},
]
PROFILED = ["plain"]
# What may take long to compile.
LATE = [
    {"name": "unrolled", "optimised": True, "profiled": True},
]
