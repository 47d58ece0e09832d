// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.stage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import io.i4vgen.media.Picture;
import io.i4vgen.network.LatentDecoder;
import io.i4vgen.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/** From latents to pictures: the end of both stages of I4VGen. */
public final class Images {

  private Images() {}

  /**
   * Decodes latents one by one, so that neither memory nor a result depends on how many there are.
   *
   * @param latents {@code [n, channels, height, width]}
   * @param onImage told how many are done
   * @return {@code [n, 3, height, width]}, bytes: {@code round(255 clamp(x / 2 + 1/2, 0, 1))}
   */
  static NDArray decode(LatentDecoder decoder, NDArray latents, IntConsumer onImage) {
    int count = Math.toIntExact(latents.getShape().get(0));
    NDList images = new NDList(count);
    for (int i = 0; i < count; i++) {
      try (Scope scope = new Scope()) {
        NDArray latent = latents.get("{}:{}", i, i + 1).toType(decoder.floats(), false);
        NDArray image = decoder.decode(latent).toType(DataType.FLOAT32, false);
        images.add(scope.keep(image.div(2).add(0.5).clip(0, 1).mul(255).round().toType(DataType.UINT8, false)));
      }
      onImage.accept(i + 1);
    }
    return NDArrays.concat(images, 0);
  }

  /** The pictures of images {@code [n, 3, height, width]}, bytes. */
  public static List<Picture> pictures(NDArray images) {
    int height = Math.toIntExact(images.getShape().get(2));
    int width = Math.toIntExact(images.getShape().get(3));
    List<Picture> pictures = new ArrayList<>();
    try (Scope scope = new Scope()) {
      byte[] all = images.transpose(0, 2, 3, 1).toByteArray();
      int size = 3 * width * height;
      for (int at = 0; at < all.length; at += size) {
        pictures.add(new Picture(width, height, Arrays.copyOfRange(all, at, at + size)));
      }
    }
    return pictures;
  }
}
