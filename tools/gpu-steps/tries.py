# SPDX-License-Identifier: Apache-2.0
"""The tries: which parts replace functions of the networks."""
ANIMATEDIFF = {
    "plain": (),
    "shipped": ("shipped",),
    "nhwc": ("nhwc",),
    "sums": ("nhwc", "sums"),
    "qkv": ("nhwc", "sums", "qkv"),
    "efficient": ("nhwc", "sums", "qkv", "efficient"),
    "blocks": ("nhwc", "sums", "qkv", "efficient", "blocks"),
    "offsets": ("nhwc", "sums", "qkv", "efficient", "blocks", "offsets"),
    "lean": ("nhwc", "sums", "qkv", "efficient", "blocks", "lean"),
    "lean tanh": ("nhwc", "sums", "qkv", "efficient", "blocks", "tanh", "lean"),
    "tanh": ("nhwc", "sums", "qkv", "efficient", "blocks", "tanh"),
    "fusible": ("nhwc", "sums", "qkv", "efficient", "blocks", "fusible"),
    "unrolled": ("nhwc", "sums", "qkv", "efficient", "blocks", "fusible", "unrolled"),
}
LAVIE = {
    "plain": (),
    "shipped": ("shipped",),
    "nhwc": ("nhwc", "sums"),
    "qkv": ("nhwc", "sums", "qkv"),
    "rotary": ("nhwc", "sums", "qkv", "blocks", "rotary"),
    "lean": ("nhwc", "sums", "qkv", "efficient", "blocks", "lean", "lavie_lean"),
    "lean tanh": ("nhwc", "sums", "qkv", "efficient", "blocks", "tanh", "lean", "lavie_lean"),
}

# In this order; with or without TorchScript's optimising executor, cuDNN's benchmark, weights in channels-last, and the
# latents of the two halves of guidance, which are the same, given once.
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
    {"name": "offsets"},
    {"name": "fusible", "optimised": True},
    {"name": "lean"},
    {"name": "lean", "once": True},
    {"name": "lean", "optimised": True},
    {"name": "lean tanh", "once": True},
    {"name": "shipped", "weights_last": False},
    {"name": "shipped"},
    {"name": "shipped", "once": True, "profiled": True},
]
PROFILED = ["plain"]
# What may take long to compile.
LATE = [
    {"name": "unrolled", "optimised": True, "profiled": True},
]
