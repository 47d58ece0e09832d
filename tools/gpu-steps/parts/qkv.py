# SPDX-License-Identifier: Apache-2.0


def attend(x: Tensor, context: Tensor, w: Dict[str, Tensor], name: str, heads: int) -> Tensor:
  if torch.__is__(x, context):
    weight = torch.cat([w[name + ".to_q.weight"], w[name + ".to_k.weight"], w[name + ".to_v.weight"]])
    q, k, v = torch.chunk(torch.linear(x, weight), 3, 2)
  else:
    q = linear(x, w, name + ".to_q")
    k = linear(context, w, name + ".to_k")
    v = linear(context, w, name + ".to_v")
  return linear(attention(q, k, v, heads), w, name + ".to_out.0")
