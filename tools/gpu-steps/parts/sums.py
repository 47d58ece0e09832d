# SPDX-License-Identifier: Apache-2.0


def moments(tokens: Tensor) -> Tuple[Tensor, Tensor]:
  """[n, pixels, c] -> variance and mean [n, c]"""
  mean = torch.mean(tokens, [1], dtype=6)
  length = torch.linalg_vector_norm(tokens, 2., [1], dtype=6)
  return (length * length / float(tokens.shape[1]) - mean * mean, mean)
