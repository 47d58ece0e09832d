// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.List;

/**
 * Owns native tensors: whatever the current thread makes while a scope is open dies when it closes, unless it was
 * {@linkplain #keep kept}. Scopes nest; a kept tensor belongs to the enclosing scope, if there is one, and to its
 * manager. Keep only what was made inside: a tensor from outside would become the enclosing scope's to close. Open and
 * close a scope on one thread, by try-with-resources.
 *
 * <pre>{@code
 * try (Scope scope = new Scope()) {
 *   return scope.keep(latent.mul(alpha).add(noise.mul(sigma)));   // the two products die here
 * }
 * }</pre>
 */
public final class Scope implements AutoCloseable {

  private final NDScope arrays = new NDScope();
  private final List<NDArray> kept = new ArrayList<>();

  /** Lets {@code array} outlive this scope, and returns it. */
  public NDArray keep(NDArray array) {
    kept.add(array);
    return array;
  }

  @Override
  public void close() {
    kept.forEach(NDScope::unregister);
    arrays.close();
    kept.forEach(NDScope::register);
  }
}
