# SPDX-License-Identifier: Apache-2.0
"""Builds TorchScript archives from the networks' sources with some of their functions replaced: the tries.

A part is a file of functions in parts/. Functions of the same name as in the networks' sources replace them, the others
are added; a part's class replaces the network's.
"""
import io
import pathlib
import re
import zipfile

import torch

import unrolled

HERE = pathlib.Path(__file__).resolve().parent
FUNCTION = re.compile(r"^def (\w+)\(.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
HEADER = "class Net(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
INSTANCE = (b"\x80\x02c__torch__\nNet\nq\x00)\x81q\x01}q\x02X\x08\x00\x00\x00trainingq\x03\x89sbq\x04.")


def folder(parts):
    """Tries build on the plain sources, or on those of the project if "shipped" is among their parts."""
    places = [HERE / "networks", HERE.parent.parent / "src/main/resources/networks"]
    return HERE / "plain" if "shipped" not in parts else next(place for place in places if place.is_dir())


def source(network, parts):
    files = [folder(parts) / f"{name}.py" for name in ("norms", "layers", "motion", "transformers", network)]
    text = "\n".join(file.read_text() for file in files if file.exists())
    parts = [part for part in parts if part != "shipped"]
    functions, body = {}, text[text.index("class Net(Module):"):]
    pieces = [text[:text.index("class Net(Module):")]]
    pieces += [(HERE / "parts" / f"{part}.py").read_text() for part in parts if part != "unrolled"]
    for piece in pieces:
        functions.update({match[1]: match[0].strip() for match in FUNCTION.finditer(piece)})
        if "class Net(Module):" in piece and ("# LaVie" in piece) == (network == "lavie_unet"):
            body = piece[piece.index("class Net(Module):"):]
    if "unrolled" in parts:
        body = unrolled.unrolled(body)
    return "\n\n\n".join(in_order(functions)) + "\n\n\n" + body


def in_order(functions):
    """A function must stand before those that call it."""
    done = {}

    def visit(name):
        if name not in done:
            done[name] = None
            for called in re.findall(r"(?<![\w.])(\w+)\(", functions[name]):
                if called in functions and called != name:
                    visit(called)
            done[name] = functions[name]
            order.append(functions[name])

    order = []
    for name in functions:
        visit(name)
    return order


def qualified(text):
    names = "|".join(re.findall(r"^def (\w+)\(", text, re.MULTILINE))
    text = text.replace("class Net(Module):\n", HEADER, 1)
    text = re.sub(rf"(?<!def )(?<![\w.])({names})\(", r"__torch__.\1(", text)
    return re.sub(r"\(self([,)])", r"(self: __torch__.Net\1", text)


def archive(network, parts):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as out:
        out.writestr("net/version", "10\n")
        out.writestr("net/byteorder", "little")
        out.writestr("net/constants.pkl", b"\x80\x02).")
        out.writestr("net/data.pkl", INSTANCE)
        out.writestr("net/code/__torch__.py", qualified(source(network, parts)))
    packed.seek(0)
    return packed


def program(network, parts=()):
    return torch.jit.load(archive(network, parts))


def given(net, sample, once, frames):
    """The first arguments: the project's programs are told whether the clips are the same, the tries see it by their
    number."""
    if takes(net, "same"):
        return sample, once
    return (sample[:frames] if once else sample,)


def norms(net, eps, clip=False):
    """The arguments of the normalisation: only the project's programs can do as AnimateDiff v1 does."""
    return (eps, clip) if takes(net, "clip_norm") else (eps,)


def windows(net):
    """No windows: the tries know of none."""
    return ([], []) if takes(net, "starts") else ()


def takes(net, name):
    return any(argument.name == name for argument in net.forward.schema.arguments)
