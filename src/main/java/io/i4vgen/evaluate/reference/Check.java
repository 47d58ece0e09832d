// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDManager;
import java.util.List;

/** Runs this build's code on the inputs of any case of one kind and compares the results with the recorded ones. */
public interface Check {

  /** The {@code kind} in {@code case.json} that this check understands. */
  String kind();

  /**
   * Everything compared, at least one entry. Tensors made here die when the runner closes the case's scope.
   *
   * @throws RuntimeException what goes wrong is reported as the case's failure
   */
  List<Comparison> run(Case reference, NDManager manager);
}
