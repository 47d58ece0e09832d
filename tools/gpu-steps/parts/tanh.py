# SPDX-License-Identifier: Apache-2.0
# The gate's activation inside the matrix product, which is the tanh approximation.


def feed_forward(x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
  value, gate = torch.chunk(w[name + ".net.0.proj.weight"], 2)
  value_bias, gate_bias = torch.chunk(w[name + ".net.0.proj.bias"], 2)
  rows = x.reshape([-1, x.shape[2]])
  gated = torch._addmm_activation(gate_bias, rows, gate.t(), beta=1, alpha=1, use_gelu=True)
  h = torch.linear(rows, value, value_bias).mul_(gated)
  return linear(h, w, name + ".net.2").reshape(x.shape)
