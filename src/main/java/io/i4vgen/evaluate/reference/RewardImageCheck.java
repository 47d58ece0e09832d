// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.i4vgen.model.Pixels;
import io.i4vgen.model.RewardImage;
import java.util.ArrayList;
import java.util.List;

/** {@code imagereward-preprocess}: the cropped bytes exactly; the network's input on the rows that were recorded. */
final class RewardImageCheck implements Check {

  private static final int ROWS = 28;

  @Override
  public String kind() {
    return "imagereward-preprocess";
  }

  @Override
  public List<Comparison> run(Case reference, NDManager manager) {
    RewardImage transform = new RewardImage(reference.at("config", "size").asInt(),
        floats(reference.at("config", "mean")), floats(reference.at("config", "std")));
    Tensors io = reference.io(manager);
    List<Comparison> comparisons = new ArrayList<>();
    for (int i = 0; io.has("in.image" + i + ".uint8_hwc"); i++) {
      comparisons.addAll(image(transform, io, i));
    }
    return comparisons;
  }

  private static List<Comparison> image(RewardImage transform, Tensors io, int i) {
    NDArray input = io.get("in.image" + i + ".uint8_hwc");
    Shape size = input.getShape();
    Pixels square = transform.square(new Pixels((int) size.get(1), (int) size.get(0), input.toByteArray()));
    NDArray network = transform.of(input.transpose(2, 0, 1).expandDims(0)).squeeze(0);
    NDArray sums = network.toType(DataType.FLOAT64, false).sum(new int[] {1, 2});
    String prefix = "out.image" + i + ".";
    return List.of(
        Comparison.exact("image" + i + " bytes", square.rgb(), io.get(prefix + "cropped_uint8_hwc").toByteArray()),
        Comparison.absolute("image" + i + " tensor", network.get(":, ::" + ROWS),
            io.get(prefix + "tensor_every_28th_row"), 1e-6),
        Comparison.relativeToRms("image" + i + " sums", sums, io.get(prefix + "tensor_sum_per_channel"), 1e-6));
  }

  private static float[] floats(JsonNode array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) array.get(i).asDouble();
    }
    return values;
  }
}
