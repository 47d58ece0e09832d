# SPDX-License-Identifier: Apache-2.0
# CLIP's text model (Radford et al. 2021): a causal transformer over the tokens of a prompt.


def activate(x: Tensor, activation: str) -> Tensor:
  if activation == "quick_gelu":
    x = x * torch.sigmoid(1.702 * x)
  else:
    x = torch.gelu(x)
  return x


def causal_mask(x: Tensor) -> Tensor:
  """[tokens, tokens]: -inf where a token would look at a later one."""
  tokens = x.shape[1]
  return torch.triu(torch.full_like(x[0, :, :1].expand([tokens, tokens]), float("-inf")), 1)


def self_attention(x: Tensor, w: Dict[str, Tensor], name: str, heads: int, mask: Tensor) -> Tensor:
  q = linear(x, w, name + ".q_proj")
  k = linear(x, w, name + ".k_proj")
  v = linear(x, w, name + ".v_proj")
  return linear(attention(q, k, v, heads, mask), w, name + ".out_proj")


class Net(Module):
  def forward(self, ids: Tensor, layers: int, heads: int, activation: str, eps: float, w: Dict[str, Tensor]) -> Tensor:
    """[n, tokens] -> [n, tokens, c]: the final norm of the state after the given number of layers."""
    tokens = ids.shape[1]
    x = torch.embedding(w["text_model.embeddings.token_embedding.weight"], ids)
    x = x + w["text_model.embeddings.position_embedding.weight"][:tokens]
    mask = causal_mask(x)
    for i in range(layers):
      name = "text_model.encoder.layers.{}".format(i)
      x = x + self_attention(layer_norm(x, w, name + ".layer_norm1", eps), w, name + ".self_attn", heads, mask)
      h = linear(layer_norm(x, w, name + ".layer_norm2", eps), w, name + ".mlp.fc1")
      x = x + linear(activate(h, activation), w, name + ".mlp.fc2")
    return layer_norm(x, w, "text_model.final_layer_norm", eps)
