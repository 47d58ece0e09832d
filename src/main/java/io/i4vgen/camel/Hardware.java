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
    return new Hardware(device(configuration.get(Key.DEVICE)), Precision.of(configuration.get(Key.PRECISION)));
  }

  private static Device device(String name) {
    int gpus = Engine.getInstance().getGpuCount();
    if (name.equals("cpu") || name.equals("auto") && gpus == 0) {
      return Device.cpu();
    }
    Device gpu = name.equals("auto") ? Device.gpu() : Device.fromName(name.replace("cuda", "gpu"));
    if (Math.max(0, gpu.getDeviceId()) >= gpus) {
      throw new BadJob("%s is '%s': this machine has %s".formatted(Key.DEVICE.key(), name,
          gpus == 0 ? "no GPU that this build can use" : gpus + " GPUs"));
    }
    return gpu;
  }
}
