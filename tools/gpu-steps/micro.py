# SPDX-License-Identifier: Apache-2.0
"""Single operations of the finest level (32 images of 64 x 64, 320 channels, 8 heads), several ways each."""
import time

import torch
import torch.nn.functional as F


def timed(call, runs=20):
    for _ in range(3):
        call()
    torch.cuda.synchronize()
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(runs):
        call()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / runs * 1000


def measure(note):
    n, c, side, g = 32, 320, 64, 32
    half = dict(device="cuda", dtype=torch.float16)
    x = torch.randn(n, c, side, side, **half)
    y = torch.randn(n, c, side, side, **half)
    xl, yl = (t.contiguous(memory_format=torch.channels_last) for t in (x, y))
    tokens = xl.permute(0, 2, 3, 1).reshape(n, side * side, c)
    gamma, beta = torch.randn(c, **half), torch.randn(c, **half)
    scale, shift = torch.randn(n, 1, c, **half), torch.randn(n, 1, c, **half)
    weight = torch.randn(c, c, 3, 3, **half) * .02
    weight_last = weight.contiguous(memory_format=torch.channels_last)
    ones = torch.ones(n, 1, side * side, **half)
    wide, wide2 = torch.randn(n, side * side, 4 * c, **half), torch.randn(n, side * side, 4 * c, **half)
    frames = tokens.reshape(2, 16, side * side, c)
    tracks = frames.transpose(1, 2).reshape(-1, 16, c)
    square = torch.randn(c, c, **half) * .05
    both = torch.randn(8 * c, c, **half) * .05
    bias4, bias8 = torch.randn(4 * c, **half), torch.randn(8 * c, **half)
    place = torch.randn(1, 16, c, **half)
    t = torch.randn(1, c, 1, 1, **half)

    def heads(z, h=8):
        return z.reshape(z.shape[0], z.shape[1], h, -1).transpose(1, 2)

    def efficient(q, bias=None):
        return torch.ops.aten._scaled_dot_product_efficient_attention(q, q, q, bias, False)[0]

    def cudnn(q, bias=None):
        return torch.ops.aten._scaled_dot_product_cudnn_attention(q, q, q, bias, False)[0]

    def flash(q):
        return torch.ops.aten._scaled_dot_product_flash_attention(q, q, q)[0]

    def math(q):
        return torch.softmax(q @ q.transpose(-1, -2) * q.shape[-1] ** -.5, -1) @ q

    def masked(tracks_of, group):
        q = heads(tracks_of.reshape(-1, group * 16, tracks_of.shape[2]))
        owner = torch.arange(group * 16, device="cuda") // 16
        mask = torch.zeros(group * 16, group * 16, **half).masked_fill(owner[:, None] != owner, -1e4)
        return q, mask.expand(q.shape[0], 8, -1, -1)

    ways = {
        "group_norm nchw": lambda: F.group_norm(x, g, gamma, beta, 1e-5),
        "group_norm nhwc": lambda: F.group_norm(xl, g, gamma, beta, 1e-5),
        "var_mean over pixels": lambda: torch.var_mean(tokens, 1, correction=0),
        "var_mean over group": lambda: torch.var_mean(tokens.reshape(n, -1, g, c // g), (1, 3), correction=0),
        "var_mean over pixels of one": lambda: torch.var_mean(tokens.reshape(1, -1, c), 1, correction=0),
        "mean float": lambda: torch.mean(tokens, 1, dtype=torch.float),
        "mean half": lambda: torch.mean(tokens, 1),
        "vector norm float": lambda: torch.linalg.vector_norm(tokens, 2, 1, dtype=torch.float),
        "ones @ tokens": lambda: ones @ tokens,
        "sum in two steps": lambda: tokens.reshape(n * 64, -1, c).sum(1, dtype=torch.float).reshape(n, 64, c).sum(1),
        "batch_norm_stats": lambda: torch.batch_norm_stats(xl, 1e-5),
        "batch_norm_stats of one": lambda: torch.batch_norm_stats(xl[:1], 1e-5),
        "addcmul broadcast": lambda: torch.addcmul(shift, tokens, scale),
        "mul broadcast": lambda: tokens * scale,
        "mul full": lambda: x * y,
        "add nchw": lambda: x + y,
        "add nhwc": lambda: xl + yl,
        "add mixed": lambda: x + yl,
        "add channel nchw": lambda: x + t,
        "add channel nhwc": lambda: xl + t,
        "add channel to rows": lambda: tokens.reshape(-1, c) + gamma,
        "silu_": lambda: F.silu(xl, inplace=True),
        "layer_norm": lambda: F.layer_norm(tokens, (c,), gamma, beta),
        "var_mean over channels": lambda: torch.var_mean(tokens, 2, correction=0),
        "rms_norm": lambda: F.rms_norm(tokens, (c,), gamma),
        "add place": lambda: tracks + place,
        "to tracks": lambda: frames.transpose(1, 2).contiguous(),
        "add from tracks": lambda: frames + tracks.reshape(2, -1, 16, c).transpose(1, 2),
        "conv nchw": lambda: F.conv2d(x, weight, gamma, padding=1),
        "conv nhwc": lambda: F.conv2d(xl, weight, gamma, padding=1),
        "conv nhwc weight nhwc": lambda: F.conv2d(xl, weight_last, gamma, padding=1),
        "conv nhwc weight nhwc no bias": lambda: F.conv2d(xl, weight_last, None, padding=1),
        "linear": lambda: F.linear(tokens, square, gamma),
        "linear qkv": lambda: F.linear(tokens, both[:3 * c]),
        "linear of 4": lambda: F.linear(tokens, both[:4 * c], bias4),
        "linear of 8": lambda: F.linear(tokens, both, bias8),
        "linear gelu of 4": lambda: torch._addmm_activation(
            bias4, tokens.reshape(-1, c), both[:4 * c].t(), use_gelu=True),
        "gelu_": lambda: torch.ops.aten.gelu_(wide),
        "mul_": lambda: wide2.mul_(wide),
        "gelu and mul": lambda: wide2 * F.gelu(wide),
        "cat": lambda: torch.cat([xl, yl], 1),
        "copy": lambda: xl.clone(),
        "attention 4096 default": lambda: F.scaled_dot_product_attention(heads(tokens), heads(tokens), heads(tokens)),
        "attention 4096 cudnn": lambda: cudnn(heads(tokens)),
        "attention 4096 flash": lambda: flash(heads(tokens)),
        "tracks default": lambda: F.scaled_dot_product_attention(heads(tracks), heads(tracks), heads(tracks)),
        "tracks efficient": lambda: efficient(heads(tracks)),
        "tracks cudnn": lambda: cudnn(heads(tracks)),
        "tracks flash": lambda: flash(heads(tracks)),
        "tracks math": lambda: math(heads(tracks)),
    }
    words = torch.randn(2, 77, c, **half)
    clip = tokens.reshape(2, -1, c)
    for name, kernel in (("default", F.scaled_dot_product_attention), ("efficient", lambda q, k, v:
            torch.ops.aten._scaled_dot_product_efficient_attention(q, k, v, None, False)[0]),
            ("cudnn", lambda q, k, v: torch.ops.aten._scaled_dot_product_cudnn_attention(q, k, v, None, False)[0]),
            ("flash", lambda q, k, v: torch.ops.aten._scaled_dot_product_flash_attention(q, k, v)[0])):
        ways[f"attention to text {name}"] = lambda kernel=kernel: kernel(heads(clip), heads(words), heads(words))
        for pixels, channels in ((1024, 640), (256, 1280)):
            z = torch.randn(n, pixels, channels, **half)
            ways[f"attention {pixels} x {channels} {name}"] = lambda kernel=kernel, z=z: kernel(
                heads(z), heads(z), heads(z))
    for group in (2, 4, 8):
        q, mask = masked(tracks, group)
        ways[f"tracks in blocks of {group} efficient"] = lambda q=q, mask=mask: efficient(q, mask)
        ways[f"tracks in blocks of {group} cudnn"] = lambda q=q, mask=mask: cudnn(q, mask)
        ways[f"tracks in blocks of {group} default"] = lambda q=q, mask=mask: F.scaled_dot_product_attention(
            q, q, q, mask)
    rows = tokens.reshape(-1, c)
    ways["rows group_norm"] = lambda: F.group_norm(rows, 1, gamma, beta)
    ways["rows group_norm of 1024 rows"] = lambda: F.group_norm(rows.reshape(128, -1, c), 1024)
    ways["rows instance_norm"] = lambda: F.instance_norm(rows[None])
    ways["rows batch_norm"] = lambda: F.batch_norm(rows[None], None, None, training=True)
    ways["layer_norm without affine"] = lambda: F.layer_norm(tokens, (c,))
    for pixels, channels in ((1024, 640), (256, 1280), (64, 1280)):
        z = torch.randn(n, pixels, channels, **half)
        ways[f"layer_norm {pixels} x {channels}"] = lambda z=z: F.layer_norm(z, z.shape[2:])
        tr = torch.randn(2 * pixels, 16, channels, **half)
        for group in (1, 2, 4, 8):
            if group == 1:
                ways[f"tracks {pixels} x {channels} default"] = lambda tr=tr: F.scaled_dot_product_attention(
                    heads(tr), heads(tr), heads(tr))
                ways[f"tracks {pixels} x {channels} efficient"] = lambda tr=tr: efficient(heads(tr))
                continue
            q, mask = masked(tr, group)
            ways[f"tracks {pixels} x {channels} in blocks of {group} efficient"] = lambda q=q, mask=mask: efficient(
                q, mask)
            ways[f"tracks {pixels} x {channels} in blocks of {group} default"] = (
                lambda q=q, mask=mask: F.scaled_dot_product_attention(q, q, q, mask))

    def feed_forward(chunks):
        out = torch.empty_like(rows)
        for part, into in zip(rows.chunk(chunks), out.chunk(chunks)):
            value = F.linear(part, both[:4 * c], bias4)
            gate = torch.ops.aten.gelu_(F.linear(part, both[4 * c:], bias4))
            torch.addmm(gamma, value.mul_(gate), back.t(), out=into)
        return out

    back = torch.randn(c, 4 * c, **half) * .03
    for chunks in (1, 4, 8, 16, 32):
        ways[f"feed forward in {chunks}"] = lambda chunks=chunks: feed_forward(chunks)
    tracks_out = torch.empty(2, side * side, 16, c, **half)
    place4 = torch.randn(2, 16, 1, c, **half)
    ways["addcmul into tracks"] = lambda: torch.addcmul(place4, frames, place4, out=tracks_out.transpose(1, 2))
    ways["addcmul broadcast into itself"] = lambda: torch.addcmul(place4, frames, place4)
    for name, call in ways.items():
        begin = time.time()
        try:
            note(micro=name, us=round(timed(call), 1))
        except Exception as failure:
            note(micro=name, failed=str(failure)[:300])
        if time.time() - begin > 5:
            print(f"{name}: slow", flush=True)
