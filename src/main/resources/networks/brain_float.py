# SPDX-License-Identifier: Apache-2.0
# Weights of type 15, bfloat16, which the Java side has no arrays for: they are made here, and never leave the
# interpreter but as 32 bits.


def narrowed(x: Tensor) -> Tensor:
  if x.is_floating_point():
    x = x.to(15)
  return x


def widened(x: Tensor) -> Tensor:
  if x.is_floating_point():
    x = x.to(6)
  return x


class Net(Module):
  def put(self, weights: Dict[str, Tensor], name: str, value: Tensor) -> int:
    """How many bytes it takes."""
    kept = narrowed(value)
    weights[name] = kept
    return kept.numel() * kept.element_size()

  def get(self, weights: Dict[str, Tensor], name: str) -> Tensor:
    return widened(weights[name])

  def copy(self, weights: Dict[str, Tensor]) -> Dict[str, Tensor]:
    """Another dictionary of the same tensors."""
    return weights.copy()

  def narrow(self, x: Tensor) -> Tensor:
    return narrowed(x)

  def narrow_all(self, tensors: List[Tensor]) -> List[Tensor]:
    return [narrowed(x) for x in tensors]

  def widen(self, x: Tensor) -> Tensor:
    return widened(x)

  def widen_all(self, tensors: List[Tensor]) -> List[Tensor]:
    return [widened(x) for x in tensors]
