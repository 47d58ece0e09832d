# SPDX-License-Identifier: Apache-2.0
# ImageReward (Xu et al. 2023): BLIP's vision transformer, a BERT that looks at its output, and a linear head.


def vision_block(x: Tensor, w: Dict[str, Tensor], name: str, heads: int, eps: float) -> Tensor:
  q, k, v = torch.chunk(linear(layer_norm(x, w, name + ".norm1", eps), w, name + ".attn.qkv"), 3, -1)
  x = x + linear(attention(q, k, v, heads), w, name + ".attn.proj")
  h = torch.gelu(linear(layer_norm(x, w, name + ".norm2", eps), w, name + ".mlp.fc1"))
  return x + linear(h, w, name + ".mlp.fc2")


def vision_transformer(images: Tensor, layers: int, heads: int, eps: float, w: Dict[str, Tensor]) -> Tensor:
  """[n, 3, size, size] -> [n, 1 + patches, c]"""
  patch = w["blip.visual_encoder.patch_embed.proj.weight"]
  x = torch.conv2d(images, patch, w["blip.visual_encoder.patch_embed.proj.bias"], patch.shape[2:])
  x = x.reshape([x.shape[0], x.shape[1], -1]).transpose(1, 2)
  cls = w["blip.visual_encoder.cls_token"].expand([x.shape[0], -1, -1])
  x = torch.cat([cls, x], 1) + w["blip.visual_encoder.pos_embed"]
  for i in range(layers):
    x = vision_block(x, w, "blip.visual_encoder.blocks.{}".format(i), heads, eps)
  return layer_norm(x, w, "blip.visual_encoder.norm", eps)


def text_attention(x: Tensor, context: Tensor, w: Dict[str, Tensor], name: str, heads: int, eps: float,
                   mask: Optional[Tensor]) -> Tensor:
  q = linear(x, w, name + ".self.query")
  k = linear(context, w, name + ".self.key")
  v = linear(context, w, name + ".self.value")
  h = linear(attention(q, k, v, heads, mask), w, name + ".output.dense")
  return layer_norm(x + h, w, name + ".output.LayerNorm", eps)


def text_encoder(ids: Tensor, mask: Tensor, image: Tensor, layers: int, heads: int, eps: float,
                 w: Dict[str, Tensor]) -> Tensor:
  """One text, read beside each of n images: [1, tokens], [n, 1 + patches, c] -> [n, tokens, c]"""
  tokens = ids.shape[1]
  x = torch.embedding(w["blip.text_encoder.embeddings.word_embeddings.weight"], ids)
  x = x + w["blip.text_encoder.embeddings.position_embeddings.weight"][:tokens]
  x = layer_norm(x, w, "blip.text_encoder.embeddings.LayerNorm", eps).expand([image.shape[0], -1, -1])
  padding = ((1 - mask[:, None, None]) * -10000).to(x.dtype)
  for i in range(layers):
    name = "blip.text_encoder.encoder.layer.{}".format(i)
    x = text_attention(x, x, w, name + ".attention", heads, eps, padding)
    x = text_attention(x, image, w, name + ".crossattention", heads, eps, None)
    h = linear(torch.gelu(linear(x, w, name + ".intermediate.dense")), w, name + ".output.dense")
    x = layer_norm(x + h, w, name + ".output.LayerNorm", eps)
  return x


class Net(Module):
  def forward(self, images: Tensor, ids: Tensor, mask: Tensor, vision_layers: int, vision_heads: int,
              vision_eps: float, text_layers: int, text_heads: int, text_eps: float, head: List[int],
              w: Dict[str, Tensor]) -> Tensor:
    """images [n, 3, size, size], ids and mask [1, tokens]; indices of the head's layers -> [n]"""
    image = vision_transformer(images, vision_layers, vision_heads, vision_eps, w)
    x = text_encoder(ids, mask, image, text_layers, text_heads, text_eps, w)[:, 0]
    for i in head:
      x = linear(x, w, "mlp.layers.{}".format(i))
    return x[:, 0]
