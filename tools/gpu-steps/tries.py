# SPDX-License-Identifier: Apache-2.0
"""The tries: which parts replace functions of the networks."""
ANIMATEDIFF = {
    "plain": (),
    "shipped": ("shipped",),
    "shipped tanh": ("shipped", "tanh"),
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
    "shipped tanh": ("shipped", "tanh"),
    "nhwc": ("nhwc", "sums"),
    "qkv": ("nhwc", "sums", "qkv"),
    "rotary": ("nhwc", "sums", "qkv", "blocks", "rotary"),
    "lean": ("nhwc", "sums", "qkv", "efficient", "blocks", "lean", "lavie_lean"),
    "lean tanh": ("nhwc", "sums", "qkv", "efficient", "blocks", "tanh", "lean", "lavie_lean"),
}

# In this order; with or without TorchScript's optimising executor, cuDNN's benchmark and weights in channels-last.
RUNS = [
    {"name": "plain", "weights_last": False},
    {"name": "blocks"},
    {"name": "lean"},
    {"name": "lean", "once": True},
    {"name": "lean tanh", "once": True, "profiled": True},
    {"name": "lean", "optimised": True},
    {"name": "lean", "weights_last": False},
    {"name": "blocks"},
    {"name": "lean"},
    {"name": "lean", "once": True},
    {"name": "lean tanh", "once": True},
]
PROFILED = ["plain"]
# What may take long to compile.
LATE = []
