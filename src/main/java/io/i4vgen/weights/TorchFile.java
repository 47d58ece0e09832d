// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file of {@code torch.save} ({@code .ckpt}, {@code .pt}, {@code .pth}, {@code .bin}) as PyTorch has written them
 * since version 1.6: a zip file of one pickle, which is read by {@link Unpickler} and never run, and the tensors'
 * numbers, which are memory-mapped. Tensors inside dictionaries and lists are called by their path:
 * {@code ema.conv_in.weight}.
 */
public final class TorchFile implements WeightsFile {

  private static final String PICKLE = "data.pkl";
  private static final int MAX_PICKLE = 1 << 26;

  /** Bytes of memory for each of a pickle's: networks need 20, models that are saved thrice and scalars 40. */
  private static final int MEMORY = 128;
  private static final int MEMORY_ALWAYS = 1 << 12;
  private static final int OBJECT = 128;
  private static final int DEEPEST = 64;
  private static final int LONGEST_NAME = 4096;

  /**
   * Tied weights have two names or three, and a program may save the same model as its best, its last and its average;
   * tensors that are tied without end would fill the memory.
   */
  private static final int LARGEST_SHARE = 4;

  private final ByteSource source;
  private final Map<String, ZipIndex.Entry> entries;
  private final String folder;
  private final Map<String, TorchTensor> located = new LinkedHashMap<>();
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final Allowance memory;
  private long values;
  private long bytes;

  private TorchFile(ByteSource source) {
    this.source = source;
    this.entries = ZipIndex.read(source);
    this.folder = folder();
    requireLittleEndian();
    ByteBuffer pickle = bytes(folder + PICKLE, MAX_PICKLE);
    this.values = pickle.remaining();
    this.memory = Allowance.of(source.size()).atMost(MEMORY_ALWAYS + (long) MEMORY * pickle.remaining());
    collect("", Unpickler.read(pickle, source.name(), memory), 0);
    if (tensors.isEmpty()) {
      throw bad("holds no tensors");
    }
  }

  /**
   * Opens a file; close it when its tensors are loaded.
   *
   * @throws BadWeights if it is damaged, of an older form, or holds anything but data
   * @throws UncheckedIOException if it cannot be read
   */
  public static TorchFile open(Path path) {
    return of(ByteSource.open(path));
  }

  /** Views the bytes of a whole file; {@code name} stands for it in messages. */
  public static TorchFile of(ByteBuffer bytes, String name) {
    return of(ByteSource.of(bytes, name));
  }

  static TorchFile of(ByteSource source) {
    try {
      return new TorchFile(source);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /** The folder that everything is in, whose name is anything, with the slash after it. */
  private String folder() {
    List<String> folders = entries.keySet().stream().filter(name -> name.endsWith("/" + PICKLE))
        .map(name -> name.substring(0, name.length() - PICKLE.length())).toList();
    if (folders.size() != 1) {
      throw bad("is a zip file with %d times */%s, expected one: no file of torch.save", folders.size(), PICKLE);
    }
    if (entries.containsKey(folders.get(0) + "constants.pkl")) {
      throw bad("is a TorchScript program, expected a checkpoint");
    }
    return folders.get(0);
  }

  private void requireLittleEndian() {
    String name = folder + "byteorder";
    if (entries.containsKey(name) && bytes(name, Long.BYTES).get(0) != 'l') {
      throw bad("has its numbers' highest bytes first, expected little-endian");
    }
  }

  private ByteBuffer bytes(String name, int limit) {
    ZipIndex.Entry entry = entries.get(name);
    if (entry.size() == 0 || entry.size() > limit) {
      throw bad("entry %s has %d bytes, expected 1 to %d", Quoted.of(name), entry.size(), limit);
    }
    return source.read(entry.offset(), entry.size());
  }

  /** A pickle can hold itself, or the same part twice and so on: no more values are visited than it has bytes. */
  private void collect(String path, Object value, int depth) {
    if (depth > DEEPEST || --values < 0) {
      throw bad("holds dictionaries in dictionaries without end, or deeper than %d", DEEPEST);
    }
    if (value instanceof TorchObjects.Tensor tensor) {
      add(path, tensor);
    } else if (value instanceof Map<?, ?> dictionary) {
      dictionary.forEach((key, inner) -> collect(path, (String) key, inner, depth + 1));
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        collect(path, String.valueOf(i), list.get(i), depth + 1);
      }
    }
  }

  /** Plain values have no names: a text of many letters before each would be much for nothing. */
  private void collect(String path, String key, Object value, int depth) {
    boolean named = value instanceof Map || value instanceof List || value instanceof TorchObjects.Tensor;
    collect(named ? within(path, key) : "", value, depth);
  }

  private String within(String path, String key) {
    if (path.length() + key.length() > LONGEST_NAME) {
      throw bad("a value below %s has a name of more than %d letters", Quoted.of(path.isEmpty() ? key : path),
          LONGEST_NAME);
    }
    memory.take(OBJECT + path.length() + key.length(), source.name(), ": ");
    return path.isEmpty() ? key : path + "." + key;
  }

  private void add(String name, TorchObjects.Tensor tensor) {
    String key = tensor.storage().key();
    memory.take(4 * OBJECT + key.length() + 4L * Long.BYTES * tensor.size().length, source.name(), ": ");
    ZipIndex.Entry entry = entries.get(folder + "data/" + key);
    if (entry == null) {
      throw bad("tensor %s: its storage %s is missing", Quoted.of(name), Quoted.of(key));
    }
    TorchTensor found = tensor(name, tensor, entry);
    bytes += found.info().length();
    if (bytes > LARGEST_SHARE * source.size()) {
      throw bad("its tensors share their numbers so that they are more than %d times the file's %d bytes",
          LARGEST_SHARE, source.size());
    }
    if (located.put(name, found) != null) {
      throw bad("two tensors are called %s", Quoted.of(name));
    }
    tensors.put(name, found.info());
  }

  private TorchTensor tensor(String name, TorchObjects.Tensor tensor, ZipIndex.Entry entry) {
    try {
      return TorchTensor.of(name, tensor, entry);
    } catch (BadWeights e) {
      throw new BadWeights("%s: %s".formatted(source.name(), e.getMessage()), e);
    }
  }

  private BadWeights bad(String what, Object... arguments) {
    return new BadWeights("%s: %s".formatted(source.name(), what.formatted(arguments)));
  }

  @Override
  public Path path() {
    return Path.of(source.name());
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /** Nothing: what such a file says beside its tensors is not kept. */
  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public ByteBuffer bytes(String name) {
    return tensor(name).bytes(source);
  }

  @Override
  public ByteBuffer copy(String name, ByteBuffer target) {
    TorchTensor tensor = tensor(name);
    return tensor.inOrder()
        ? source.read(tensor.info().offset(), target.limit(target.position() + (int) tensor.info().length()))
        : WeightsFile.super.copy(name, target);
  }

  private TorchTensor tensor(String name) {
    TorchTensor tensor = located.get(name);
    if (tensor == null) {
      throw bad("has no tensor %s", Quoted.of(name));
    }
    return tensor;
  }

  @Override
  public void close() {
    source.close();
  }
}
