# SPDX-License-Identifier: Apache-2.0
"""The networks of the shapes pack: diffusers / transformers classes at toy widths."""
import torch
from torch import nn
import torch.nn.functional as F
from diffusers import AutoencoderKL, MotionAdapter, UNet2DConditionModel, UNetMotionModel
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from transformers import CLIPTextConfig, CLIPTextModel

VAE_WIDTHS, UNET_WIDTHS, GROUPS, HEADS, TEXT_WIDTH = (24, 48, 96, 96), (32, 96, 128, 128), 8, 4, 128
# attention at 8x8 and 4x4 only: at 16x16 it would cost a CPU more than anything else
BLOCKS = ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D")


def build_vae():
    return AutoencoderKL(in_channels=3, out_channels=3, latent_channels=4, sample_size=128, layers_per_block=1,
                         block_out_channels=VAE_WIDTHS, norm_num_groups=GROUPS,
                         down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4)


def build_text_encoder(vocab_size):
    return CLIPTextModel(CLIPTextConfig(
        vocab_size=vocab_size, hidden_size=TEXT_WIDTH, intermediate_size=4 * TEXT_WIDTH, num_hidden_layers=4,
        num_attention_heads=4, max_position_embeddings=77, projection_dim=TEXT_WIDTH, hidden_act="quick_gelu",
        bos_token_id=vocab_size - 2, eos_token_id=vocab_size - 1, pad_token_id=vocab_size - 1))


def build_unet():
    return UNet2DConditionModel(
        sample_size=16, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=UNET_WIDTHS,
        cross_attention_dim=TEXT_WIDTH, attention_head_dim=HEADS, norm_num_groups=GROUPS, down_block_types=BLOCKS,
        up_block_types=tuple(b.replace("Down", "Up") for b in reversed(BLOCKS)))


def build_adapter():
    adapter = MotionAdapter(
        block_out_channels=UNET_WIDTHS, motion_layers_per_block=1, motion_mid_block_layers_per_block=1,
        motion_num_attention_heads=HEADS, motion_norm_num_groups=GROUPS, motion_max_seq_length=32,
        use_motion_mid_block=True)
    for m in adapter.modules():
        if isinstance(m, AnimateDiffTransformer3D):  # as AnimateDiff: a fresh motion module changes nothing
            nn.init.zeros_(m.proj_out.weight)
            nn.init.zeros_(m.proj_out.bias)
    return adapter


class PerFrameGroupNorm(nn.GroupNorm):
    """GroupNorm of (b, c, f, h, w) with each frame's own statistics, as the original AnimateDiff's motion modules have
    them; diffusers shares the statistics over the frames."""

    def forward(self, x):
        b, c, f, h, w = x.shape
        y = super().forward(x.transpose(1, 2).reshape(b * f, c, h, w))
        return y.view(b, f, c, h, w).transpose(1, 2)


_forward = AnimateDiffTransformer3D.forward


def _forward_unless_image(self, hidden_states, *args, num_frames=1, **kwargs):
    """One frame: motion is off, as in AnimateDiff (which skips its motion modules for short clips)."""
    if num_frames == 1:
        return hidden_states
    return _forward(self, hidden_states, *args, num_frames=num_frames, **kwargs)


def join(unet, adapter):
    """One UNetMotionModel that is the image UNet for 1 frame and the video UNet for 16."""
    model = UNetMotionModel.from_unet2d(unet, adapter)
    AnimateDiffTransformer3D.forward = _forward_unless_image
    for m in model.modules():
        if isinstance(m, AnimateDiffTransformer3D):
            m.norm.__class__ = PerFrameGroupNorm
    return model


def watched(net):
    """A joint UNet as a function (noisy, t, text) -> (noise, what leaves its middle block)."""
    kept = {}
    net.mid_block.register_forward_hook(lambda module, given, out: kept.update(middle=out))

    def forward(noisy, t, text):
        out = net(noisy, t, encoder_hidden_states=text, return_dict=False)[0]
        return out, kept.pop("middle")
    return forward


def split(state):
    """The image UNet's and the motion adapter's state dicts out of a joint one."""
    return ({k: v for k, v in state.items() if "motion_modules." not in k},
            {k: v for k, v in state.items() if "motion_modules." in k})


def text_hidden(text, ids):
    """last_hidden_state of a CLIPTextModel, written out: the library's own forward builds masks on the host, which a
    CUDA graph cannot hold."""
    model = getattr(text, "text_model", text)
    e = model.embeddings
    x = e.token_embedding(ids) + e.position_embedding.weight[:ids.shape[1]]
    for layer in model.encoder.layers:
        h, a = layer.layer_norm1(x), layer.self_attn
        q, k, v = (p(h).unflatten(-1, (a.num_heads, -1)).transpose(1, 2) for p in (a.q_proj, a.k_proj, a.v_proj))
        h = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + a.out_proj(h.transpose(1, 2).flatten(2))
        h = layer.mlp.fc1(layer.layer_norm2(x))
        x = x + layer.mlp.fc2(h * torch.sigmoid(1.702 * h))
    return model.final_layer_norm(x)
