# SPDX-License-Identifier: Apache-2.0
"""ImageReward, at any width: a BLIP image-grounded text encoder (ViT + BERT with cross-attention) and an MLP head.

Module names are chosen so that the state dict has the published checkpoint's keys
(blip.visual_encoder.blocks.N.attn.qkv.weight, blip.text_encoder.encoder.layer.N.crossattention.self.query.weight, ...),
and the maths is the published model's: pre-norm ViT (eps 1e-6, exact GELU, all tokens returned), post-norm BERT
(eps 1e-12, no token types), head of five linear layers with dropout between them and no activations.
"""
import torch
from torch import nn
import torch.nn.functional as F

CONFIG = {
    "image_size": 96, "patch_size": 8, "vision_width": 128, "vision_layers": 4, "vision_heads": 4, "vision_mlp": 512,
    "hidden_size": 128, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 512,
    "max_position_embeddings": 64, "max_length": 35, "layer_norm_eps": 1e-12, "vision_norm_eps": 1e-6,
    "mlp": [128, 160, 64, 32, 16, 1],
    "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = c["vision_heads"]
        self.qkv = nn.Linear(c["vision_width"], 3 * c["vision_width"])
        self.proj = nn.Linear(c["vision_width"], c["vision_width"])

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, d))


class Mlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.fc1 = nn.Linear(c["vision_width"], c["vision_mlp"])
        self.fc2 = nn.Linear(c["vision_mlp"], c["vision_width"])

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.norm1 = nn.LayerNorm(c["vision_width"], eps=c["vision_norm_eps"])
        self.attn = Attention(c)
        self.norm2 = nn.LayerNorm(c["vision_width"], eps=c["vision_norm_eps"])
        self.mlp = Mlp(c)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.proj = nn.Conv2d(3, c["vision_width"], c["patch_size"], c["patch_size"])

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class VisionTransformer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.patch_embed = PatchEmbed(c)
        tokens = (c["image_size"] // c["patch_size"]) ** 2 + 1
        self.cls_token = nn.Parameter(torch.randn(1, 1, c["vision_width"]) * 0.02)
        self.pos_embed = nn.Parameter(torch.randn(1, tokens, c["vision_width"]) * 0.02)
        self.blocks = nn.ModuleList([Block(c) for _ in range(c["vision_layers"])])
        self.norm = nn.LayerNorm(c["vision_width"], eps=c["vision_norm_eps"])

    def forward(self, x):
        x = self.patch_embed(x)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1).to(x.dtype), x], 1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class SelfAttention(nn.Module):
    def __init__(self, c, width):
        super().__init__()
        self.heads, d = c["num_attention_heads"], c["hidden_size"]
        self.query, self.key, self.value = nn.Linear(d, d), nn.Linear(width, d), nn.Linear(width, d)

    def forward(self, x, y, mask):
        split = lambda t: t.view(t.shape[0], t.shape[1], self.heads, -1).transpose(1, 2)
        o = F.scaled_dot_product_attention(split(self.query(x)), split(self.key(y)), split(self.value(y)), mask)
        return o.transpose(1, 2).reshape(x.shape)


class Output(nn.Module):
    def __init__(self, c, width):
        super().__init__()
        self.dense = nn.Linear(width, c["hidden_size"])
        self.LayerNorm = nn.LayerNorm(c["hidden_size"], eps=c["layer_norm_eps"])

    def forward(self, x, residual):
        return self.LayerNorm(self.dense(x) + residual)


class BertAttention(nn.Module):
    def __init__(self, c, width):
        super().__init__()
        self.self = SelfAttention(c, width)
        self.output = Output(c, c["hidden_size"])

    def forward(self, x, y, mask=None):
        return self.output(self.self(x, y, mask), x)


class Intermediate(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.dense = nn.Linear(c["hidden_size"], c["intermediate_size"])

    def forward(self, x):
        return F.gelu(self.dense(x))


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.attention = BertAttention(c, c["hidden_size"])
        self.crossattention = BertAttention(c, c["vision_width"])
        self.intermediate = Intermediate(c)
        self.output = Output(c, c["intermediate_size"])

    def forward(self, x, mask, image):
        x = self.attention(x, x, mask)
        x = self.crossattention(x, image)
        return self.output(self.intermediate(x), x)


class Embeddings(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.word_embeddings = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.position_embeddings = nn.Embedding(c["max_position_embeddings"], c["hidden_size"])
        self.LayerNorm = nn.LayerNorm(c["hidden_size"], eps=c["layer_norm_eps"])
        self.register_buffer("position_ids", torch.arange(c["max_position_embeddings"])[None])

    def forward(self, ids):
        return self.LayerNorm(self.word_embeddings(ids) + self.position_embeddings(self.position_ids[:, :ids.shape[1]]))


class Encoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.layer = nn.ModuleList([Layer(c) for _ in range(c["num_hidden_layers"])])


class BertModel(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embeddings = Embeddings(c)
        self.encoder = Encoder(c)

    def forward(self, ids, attention_mask, image):
        x = self.embeddings(ids)
        mask = ((1.0 - attention_mask.to(x.dtype)) * -1e4)[:, None, None]
        for layer in self.encoder.layer:
            x = layer(x, mask.to(x.dtype), image)
        return x


class Blip(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.visual_encoder = VisionTransformer(c)
        self.text_encoder = BertModel(c)


class Head(nn.Module):
    def __init__(self, c):
        super().__init__()
        w = c["mlp"]
        self.layers = nn.Sequential(
            nn.Linear(w[0], w[1]), nn.Dropout(0.2), nn.Linear(w[1], w[2]), nn.Dropout(0.2),
            nn.Linear(w[2], w[3]), nn.Dropout(0.1), nn.Linear(w[3], w[4]), nn.Linear(w[4], w[5]))

    def forward(self, x):
        return self.layers(x)


class ImageReward(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.config = c
        self.blip = Blip(c)
        self.mlp = Head(c)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.trunc_normal_(m.weight, std=0.05)
                nn.init.zeros_(m.bias)
            elif isinstance(m, nn.Embedding):
                nn.init.normal_(m.weight, std=0.05)

    def preprocess(self, images):
        """(n, 3, H, W) in [0, 1] -> the network's input: bicubic antialiased resize, CLIP mean and deviation."""
        s = self.config["image_size"]
        if images.shape[-1] != s:
            images = F.interpolate(images.float(), (s, s), mode="bicubic", antialias=True, align_corners=False)
            images = images.clamp(0, 1)
        mean, std = (torch.tensor(self.config[k], device=images.device).view(1, 3, 1, 1)
                     for k in ("image_mean", "image_std"))
        return (images - mean) / std

    def forward(self, images, ids):
        """images already preprocessed; ids (n, 35), 0 is padding. Returns the raw score (n,)."""
        tokens = self.blip.visual_encoder(images)
        h = self.blip.text_encoder(ids, (ids != 0).float(), tokens)
        return self.mlp(h[:, 0])[:, 0]

    def score(self, images, ids):
        return (self(self.preprocess(images), ids) - self.config["mean"]) / self.config["std"]
