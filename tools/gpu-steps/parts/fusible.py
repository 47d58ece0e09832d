# SPDX-License-Identifier: Apache-2.0
# Out of place, for TorchScript's own fuser.


def activated(x: Tensor) -> Tensor:
  return torch.silu(x)


def feed_forward(x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
  value, gate = torch.chunk(w[name + ".net.0.proj.weight"], 2)
  value_bias, gate_bias = torch.chunk(w[name + ".net.0.proj.bias"], 2)
  h = torch.linear(x, value, value_bias) * torch.gelu(torch.linear(x, gate, gate_bias))
  return linear(h, w, name + ".net.2")
