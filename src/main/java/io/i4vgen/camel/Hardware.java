// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import ai.djl.Device;
import ai.djl.engine.Engine;
import io.i4vgen.generation.BadJob;
import io.i4vgen.model.Precision;
import java.util.Optional;

/**
 * Where networks run, and in what they calculate.
 *
 * @param device a CPU or one GPU
 * @param precision of the networks of all packs; if not said, each pack has its own
 */
record Hardware(Device device, Optional<Precision> precision) {

  /** @throws BadJob if this machine has no such device */
  static Hardware of(Configuration configuration) {
    return new Hardware(device(configuration.get(Key.DEVICE), Engine.getInstance().getGpuCount()),
        Precision.of(configuration.get(Key.PRECISION)));
  }

  /**
   * The device of a name that {@link Key#DEVICE} allows: without a number, the first GPU.
   *
   * @param gpus how many this machine has
   * @throws BadJob if it has not so many
   */
  static Device device(String name, int gpus) {
    if (name.equals("cpu") || name.equals("auto") && gpus == 0) {
      return Device.cpu();
    }
    int number = name.contains(":") ? Integer.parseInt(name.substring(name.indexOf(':') + 1)) : 0;
    if (number >= gpus) {
      throw new BadJob("%s is '%s': this machine has %s".formatted(Key.DEVICE.key(), name, all(gpus)));
    }
    return Device.gpu(number);
  }

  private static String all(int gpus) {
    return switch (gpus) {
      case 0 -> "no GPU that this build can use";
      case 1 -> "one GPU, cuda:0";
      default -> "the GPUs cuda:0 to cuda:" + (gpus - 1);
    };
  }
}
