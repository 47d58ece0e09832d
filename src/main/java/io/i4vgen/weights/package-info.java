// SPDX-License-Identifier: Apache-2.0
/** Checkpoint files: reading and writing their tensors, and the many names that published checkpoints give them. */
package io.i4vgen.weights;
