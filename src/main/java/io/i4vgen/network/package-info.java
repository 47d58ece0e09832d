// SPDX-License-Identifier: Apache-2.0
/**
 * The neural networks: each a readable TorchScript program (in {@code /networks/*.py}) that is called with the tensors
 * of a published checkpoint.
 */
package io.i4vgen.network;
