// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.i4vgen.weights.BadWeights;
import io.i4vgen.weights.Safetensors;
import io.i4vgen.weights.StateDict;
import io.i4vgen.weights.TensorInfo;
import io.i4vgen.weights.WeightsFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The safetensors form of a generation: its tensors under their parts' names, all the rest as JSON in the header's
 * metadata entry {@code i4vgen}, and a checksum of both in {@code crc32c}. What was written is read back exactly, or
 * refused; the same generation gives the same bytes.
 */
public final class GenerationFile {

  private static final String ENTRY = "i4vgen";
  private static final String CHECKSUM = "crc32c";
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  private GenerationFile() {}

  /** Everything but the tensors. */
  private record Header(int version, Job job, Map<String, String> facts, List<Step> provenance) {

    Header {
      Objects.requireNonNull(job, "job is missing");
      Objects.requireNonNull(facts, "facts is missing");
      Objects.requireNonNull(provenance, "provenance is missing");
    }
  }

  /** How the generation came about, without its tensors and without anything that differs from run to run, as JSON. */
  public static String recipe(Generation generation) {
    ObjectNode recipe = JSON.createObjectNode().put("i4vgen", 1);
    List.of(Fact.ROUTE, Fact.PRESET).forEach(fact -> generation.find(fact).ifPresent(
        value -> recipe.put(fact.key(), value)));
    recipe.set("job", JSON.valueToTree(generation.job()));
    recipe.set("rewards", JSON.valueToTree(generation.rewards()));
    generation.find(Fact.ANCHOR).ifPresent(anchor -> recipe.put("anchor", Integer.parseInt(anchor)));
    recipe.set("steps", JSON.valueToTree(generation.provenance()));
    return recipe.toString();
  }

  /**
   * Whether two recipes ask for one video: all is the same but what comes of the calculation, which may differ in the
   * last digit on another machine. Route and preset are not in the first recipes, so these go for any.
   */
  public static boolean isOfSameJob(String recipe, String other) {
    try {
      JsonNode one = JSON.readTree(recipe);
      JsonNode two = JSON.readTree(other);
      List<String> left = new ArrayList<>(List.of("rewards", "anchor"));
      Stream.of("route", "preset").filter(name -> one.has(name) != two.has(name)).forEach(left::add);
      return without(left, one).equals(without(left, two));
    } catch (JsonProcessingException e) {
      return false; // one of them is another program's
    }
  }

  private static JsonNode without(List<String> names, JsonNode recipe) {
    return recipe instanceof ObjectNode object ? object.without(names) : recipe;
  }

  /** The whole generation as the bytes of a safetensors file. */
  public static byte[] write(Generation generation) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      Map<String, NDArray> tensors = tensors(generation);
      Safetensors.write(bytes, tensors, written -> metadata(generation, tensors, written));
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  /** Writes the whole generation to {@code file}, which never is there half-written. */
  public static void write(Generation generation, Path file) throws IOException {
    Map<String, NDArray> tensors = tensors(generation);
    Safetensors.write(file, tensors, written -> metadata(generation, tensors, written));
  }

  /**
   * The generation that {@link #write} wrote.
   *
   * @param memory its tensors will belong to a child of this
   * @throws BadJob if the bytes are a safetensors file, but not that of a generation, or it has been damaged
   * @throws io.i4vgen.weights.BadWeights if they are no safetensors file
   */
  public static Generation read(byte[] bytes, NDManager memory) {
    return read(Safetensors.of(ByteBuffer.wrap(bytes), "a generation's message"), memory);
  }

  /**
   * The steps behind the generation that {@link #write} wrote to {@code file}, as its header says, without a look at
   * the tensors; none if it is of another job.
   *
   * @throws BadJob if the file is not that of a generation
   */
  public static List<Step> provenance(Path file, Job job) {
    try (WeightsFile open = Safetensors.open(file)) {
      Header header = header(open);
      return header.job().equals(job) ? header.provenance() : List.of();
    } catch (BadWeights e) {
      throw new BadJob(e.getMessage(), e);
    }
  }

  /**
   * The generation that {@link #write} wrote to {@code file}.
   *
   * @throws BadJob if the file is damaged, or not that of a generation
   * @throws BadWeights if it is no safetensors file
   */
  public static Generation read(Path file, NDManager memory) {
    return read(Safetensors.open(file), memory);
  }

  private static Generation read(WeightsFile open, NDManager memory) {
    try (WeightsFile file = open) {
      Header header = header(file);
      requireUndamaged(file);
      Generation empty = Generation.of(header.job(), memory);
      try {
        return filled(empty, header, StateDict.of(file).load(empty.memory()));
      } catch (RuntimeException | Error e) {
        empty.close();
        throw e;
      }
    }
  }

  private static Generation filled(Generation empty, Header header, Map<String, NDArray> tensors) {
    Generation generation = empty;
    for (Part part : Part.values()) {
      if (tensors.containsKey(part.key())) {
        generation = generation.with(part, tensors.get(part.key()));
      }
    }
    for (Fact fact : Fact.values()) {
      if (header.facts().containsKey(fact.key())) {
        generation = generation.with(fact, header.facts().get(fact.key()));
      }
    }
    for (Step step : header.provenance()) {
      generation = generation.with(step);
    }
    return generation;
  }

  private static Header header(WeightsFile file) {
    String json = file.metadata().get(ENTRY);
    if (json == null) {
      throw new BadJob("%s holds tensors, but no generation: its header has no entry '%s'".formatted(
          file.path(), ENTRY));
    }
    try {
      Header header = JSON.readValue(json, Header.class);
      if (header == null) {
        throw new BadJob("%s: the header's entry '%s' is empty".formatted(file.path(), ENTRY));
      }
      if (header.version() != 1) {
        throw new BadJob("%s is of version %d; this program reads version 1".formatted(file.path(), header.version()));
      }
      return header;
    } catch (JsonProcessingException e) {
      throw new BadJob("%s: the header's entry '%s' can't be read: %s".formatted(
          file.path(), ENTRY, e.getOriginalMessage()), e);
    }
  }

  /** What another program has written has no checksum; what has one must agree with it. */
  private static void requireUndamaged(WeightsFile file) {
    String written = file.metadata().get(CHECKSUM);
    if (written == null) {
      return;
    }
    Checksum found = new Checksum(file.metadata().get(ENTRY));
    file.tensors().values().stream().sorted(Comparator.comparing(TensorInfo::name))
        .forEach(info -> found.add(info.name(), info.type(), info.shape(), file.bytes(info.name())));
    if (!written.equals(found.toString())) {
      throw new BadJob("%s is damaged: its checksum is %s, but the one with it is %s".formatted(file.path(), found,
          written));
    }
  }

  private static Map<String, String> metadata(Generation generation, Map<String, NDArray> tensors,
      Map<String, ByteBuffer> bytes) {
    String header = header(generation);
    Checksum checksum = new Checksum(header);
    new TreeMap<>(tensors).forEach((name, tensor) ->
        checksum.add(name, tensor.getDataType(), tensor.getShape(), bytes.get(name)));
    return Map.of(ENTRY, header, CHECKSUM, checksum.toString());
  }

  private static Map<String, NDArray> tensors(Generation generation) {
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    generation.parts().forEach((part, tensor) -> tensors.put(part.key(), tensor));
    return tensors;
  }

  private static String header(Generation generation) {
    Map<String, String> facts = new TreeMap<>();
    generation.facts().forEach((fact, value) -> facts.put(fact.key(), value));
    try {
      return JSON.writeValueAsString(new Header(1, generation.job(), facts, generation.provenance()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a job is plain data", e);
    }
  }
}
