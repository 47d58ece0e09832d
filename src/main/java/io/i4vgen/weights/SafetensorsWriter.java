// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.i4vgen.tensor.Scope;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Lays out one safetensors file: widest number format first so that all tensors are aligned, then by name. The bytes of
 * a tensor are asked for once, and not copied if they are in the machine's own memory.
 */
final class SafetensorsWriter {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<Map.Entry<String, NDArray>> tensors;
  private final Safetensors.Entries metadata;

  SafetensorsWriter(Map<String, NDArray> tensors, Safetensors.Entries metadata) {
    this.tensors = new ArrayList<>(tensors.entrySet());
    this.tensors.sort(Comparator
        .comparing((Map.Entry<String, NDArray> e) -> -type(e).type.getNumOfBytes())
        .thenComparing(Map.Entry::getKey));
    this.metadata = metadata;
  }

  void write(OutputStream out) throws IOException {
    writeTo(Channels.newChannel(out));
    out.flush();
  }

  void write(Path path) throws IOException {
    Path partial = path.resolveSibling(".%s.%s.part".formatted(path.getFileName(), UUID.randomUUID()));
    try {
      try (FileChannel channel =
          FileChannel.open(partial, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
        writeTo(channel);
        channel.force(true);
      }
      Files.move(partial, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private void writeTo(WritableByteChannel channel) throws IOException {
    // where a tensor lies on another device, or not in one piece, a copy is made, which dies here
    try (Scope scope = new Scope()) {
      Map<String, ByteBuffer> bytes = new TreeMap<>();
      tensors.forEach(tensor -> bytes.put(tensor.getKey(), bytes(tensor.getValue())));
      byte[] header = header(new TreeMap<>(metadata.of(bytes)));
      ByteBuffer length = ByteBuffer.allocate(SafetensorsHeader.LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      writeFully(channel, length.putLong(header.length).flip());
      writeFully(channel, ByteBuffer.wrap(header));
      for (Map.Entry<String, NDArray> tensor : tensors) {
        writeFully(channel, bytes.get(tensor.getKey()).duplicate());
      }
    }
  }

  private static ByteBuffer bytes(NDArray tensor) {
    return tensor.toByteBuffer(true).asReadOnlyBuffer();
  }

  private byte[] header(Map<String, String> entries) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    if (!entries.isEmpty()) {
      entries.forEach(root.putObject("__metadata__")::put);
    }
    long offset = 0;
    for (Map.Entry<String, NDArray> tensor : tensors) {
      offset = describe(root.putObject(tensor.getKey()), tensor, offset);
    }
    byte[] json = JSON.writeValueAsBytes(root);
    return paddedToMultipleOf8(json);
  }

  private static long describe(ObjectNode node, Map.Entry<String, NDArray> tensor, long offset) {
    SafetensorsType type = type(tensor);
    long[] dimensions = tensor.getValue().getShape().getShape();
    long end = offset + tensor.getValue().size() * type.type.getNumOfBytes();
    node.put("dtype", type.name());
    Arrays.stream(dimensions).forEach(node.putArray("shape")::add);
    node.putArray("data_offsets").add(offset).add(end);
    return end;
  }

  private static byte[] paddedToMultipleOf8(byte[] json) {
    byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }

  private static SafetensorsType type(Map.Entry<String, NDArray> tensor) {
    return SafetensorsType.of(tensor.getValue().getDataType()).orElseThrow(() -> new BadWeights(
        "tensor %s has type %s, which a safetensors file cannot hold; expected one of %s".formatted(
            tensor.getKey(), tensor.getValue().getDataType(), Arrays.toString(SafetensorsType.values()))));
  }

  private static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
