# SPDX-License-Identifier: Apache-2.0
"""SparseCtrl (arXiv 2311.16933) at the widths of the shapes UNet: diffusers' SparseControlNetModel."""
import torch
from torch import nn
from diffusers import SparseControlNetModel
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D

from models import BLOCKS, GROUPS, HEADS, PerFrameGroupNorm, TEXT_WIDTH, UNET_WIDTHS

EMBEDDING = (8, 16, 32, 64)  # channels of the convolutions that bring a scribble to the size of a latent


def build(kind):
    """kind: "rgb" (given frames are latents) or "scribble" (pictures)."""
    net = SparseControlNetModel(
        in_channels=4, conditioning_channels=4 if kind == "rgb" else 3,
        down_block_types=tuple(b.replace("2D", "Motion") for b in BLOCKS), block_out_channels=UNET_WIDTHS,
        layers_per_block=1, norm_num_groups=GROUPS, cross_attention_dim=TEXT_WIDTH, attention_head_dim=HEADS,
        conditioning_embedding_out_channels=EMBEDDING, motion_max_seq_length=32, motion_num_attention_heads=HEADS,
        concat_conditioning_mask=True, use_simplified_condition_embedding=kind == "rgb")
    for m in net.modules():
        if isinstance(m, AnimateDiffTransformer3D):
            m.norm.__class__ = PerFrameGroupNorm
    return net


def copy_encoder(net, joint):
    """The encoder starts as the base's, its motion modules with the first of their two attentions."""
    own = net.state_dict()
    taken = {k: v for k, v in joint.state_dict().items() if k in own and own[k].shape == v.shape}
    net.load_state_dict(taken, strict=False)


class Controlled(nn.Module):
    """The base with the residuals of a SparseCtrl network; called as the base is.

    `given` (b, c, f, h, w) and `mask` (b, 1, f, h, w) may be for fewer clips than the sample holds (guidance)."""

    def __init__(self, net, control, given=None, mask=None, scale=1.0):
        super().__init__()
        self.net, self.control, self.given, self.mask, self.scale = net, control, given, mask, scale

    def forward(self, sample, timestep, encoder_hidden_states):
        times = len(sample) // len(self.given)
        given, mask = (v.repeat(times, 1, 1, 1, 1) for v in (self.given, self.mask))
        down, mid = self.control(sample, timestep, encoder_hidden_states, given, self.scale, conditioning_mask=mask,
                                 return_dict=False)
        return self.net(sample, timestep, encoder_hidden_states, down_block_additional_residuals=tuple(down),
                        mid_block_additional_residual=mid)
