// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import ai.djl.ndarray.types.DataType;

/** What all networks have in common: weights of one type in native memory, until they are closed. */
abstract sealed class TypedNetwork implements AutoCloseable
    permits ImageReward, LavieUnet, SparseControl, TextEncoder, TinyVae, Unet, Vae {

  final Network network;

  TypedNetwork(Network network) {
    this.network = network;
  }

  /** The type that every tensor of floating point numbers that goes in must have, and every one that comes out has. */
  public DataType floats() {
    return network.floats();
  }

  /** The size of the weights in memory. */
  public long bytes() {
    return network.bytes();
  }

  /** Frees the weights. */
  @Override
  public void close() {
    network.close();
  }
}
