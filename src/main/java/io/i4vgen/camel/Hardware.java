// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.generation.BadJob;

/**
 * Where networks run, and in what they calculate.
 *
 * @param device a CPU or one GPU
 * @param floats 16 or 32 bits
 */
record Hardware(Device device, DataType floats) {

  /** @throws BadJob if this machine has no such device */
  static Hardware of(Configuration configuration) {
    return new Hardware(device(configuration.get(Key.DEVICE)), floats(configuration.get(Key.PRECISION)));
  }

  private static Device device(String name) {
    int gpus = Engine.getInstance().getGpuCount();
    if (name.equals("cpu") || name.equals("auto") && gpus == 0) {
      return Device.cpu();
    }
    Device gpu = name.equals("auto") ? Device.gpu() : Device.fromName(name);
    if (Math.max(0, gpu.getDeviceId()) >= gpus) {
      throw new BadJob("%s is '%s': this machine has %s".formatted(Key.DEVICE.key(), name,
          gpus == 0 ? "no GPU that this build can use" : gpus + " GPUs"));
    }
    return gpu;
  }

  private static DataType floats(String precision) {
    return precision.equals("fp16") ? DataType.FLOAT16 : DataType.FLOAT32;
  }
}
