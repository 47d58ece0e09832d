// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The named tensors of one or more checkpoint files, under the names that a network asks for. Renaming, dropping and
 * merging touch only the table; the files are read by {@link #load}. A state dict and those derived from it share their
 * files: close one of them when the tensors are loaded.
 */
public final class StateDict implements AutoCloseable {

  /** A tensor of a file, or some of its rows, perhaps seen under another shape of the same size. */
  private record Entry(WeightsFile file, TensorInfo info, Shape shape, long start, long length, boolean mapped) {

    Entry(WeightsFile file, TensorInfo info) {
      this(file, info, info.shape(), 0, info.length(), false);
    }

    Entry shaped(Shape other) {
      return new Entry(file, info, other, start, length, mapped);
    }

    Entry asView() {
      return new Entry(file, info, shape, start, length, true);
    }

    /** One of several equal parts along the first dimension. */
    Entry part(int index, int count) {
      long rows = shape.get(0) / count;
      long bytes = length / count;
      Shape part = new Shape(rows).addAll(shape.slice(1));
      return new Entry(file, info, part, start + index * bytes, bytes, mapped);
    }

    NDArray load(TensorReader reader) {
      return mapped ? reader.map(file, info.name(), shape, start, length) : read(reader);
    }

    NDArray read(TensorReader reader) {
      return reader.read(file, info.name(), shape, start, length);
    }
  }

  private final List<WeightsFile> files;
  private final Map<String, Entry> entries;

  private StateDict(List<WeightsFile> files, Map<String, Entry> entries) {
    this.files = files;
    this.entries = Collections.unmodifiableMap(entries);
  }

  /** The tensors of one file. */
  public static StateDict of(WeightsFile file) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    file.tensors().forEach((name, info) -> entries.put(name, new Entry(file, info)));
    return new StateDict(List.of(file), entries);
  }

  /**
   * Opens files of any form, see {@link WeightsFile#open}, without the dictionaries that training programs put around
   * the tensors, see {@link CheckpointNames#unwrapped}. All names must differ.
   */
  public static StateDict open(Path first, Path... more) {
    return openOne(first).and(List.of(more));
  }

  /**
   * These tensors and those of other files. If one of them can't be opened, these are closed too.
   *
   * @throws BadWeights if it can't be read, or a name is there twice
   */
  public StateDict and(List<Path> more) {
    StateDict state = this;
    for (Path path : more) {
      StateDict before = state;
      state = before.closedOnFailure(() -> {
        StateDict next = openOne(path);
        return next.closedOnFailure(() -> before.merge(next));
      });
    }
    return state;
  }

  private static StateDict openOne(Path path) {
    StateDict state = of(WeightsFile.open(path));
    return state.closedOnFailure(() -> CheckpointNames.unwrapped(state));
  }

  public Set<String> names() {
    return entries.keySet();
  }

  public boolean has(String name) {
    return entries.containsKey(name);
  }

  /**
   * The shape of a tensor.
   *
   * @throws BadWeights if there is no such tensor
   */
  public Shape shape(String name) {
    return entry(name).shape();
  }

  /** The file that a tensor comes from and the key it has there, for messages. */
  public String origin(String name) {
    Entry entry = entry(name);
    return entry.info().name().equals(name)
        ? entry.file().path().toString()
        : "%s (key %s)".formatted(entry.file().path(), Quoted.of(entry.info().name()));
  }

  /** The files behind these tensors, for messages. */
  public String files() {
    return files.stream().map(file -> file.path().toString()).collect(Collectors.joining(", "));
  }

  /** Free text entries of the files; where two have the same, the first file's. */
  public Map<String, String> metadata() {
    Map<String, String> all = new LinkedHashMap<>();
    files.forEach(file -> file.metadata().forEach(all::putIfAbsent));
    return all;
  }

  /**
   * Gives every tensor a new name.
   *
   * @throws BadWeights if two tensors would get the same one
   */
  public StateDict rename(UnaryOperator<String> newName) {
    Map<String, Entry> renamed = new LinkedHashMap<>();
    entries.forEach((name, entry) -> putOnce(renamed, newName.apply(name), entry));
    return new StateDict(files, renamed);
  }

  /** Only the tensors whose name begins like this, without that beginning: the dictionary {@code ema.} of a file. */
  public StateDict under(String prefix) {
    return drop(name -> !name.startsWith(prefix)).rename(name -> name.substring(prefix.length()));
  }

  /** Leaves out the tensors whose name matches. */
  public StateDict drop(Predicate<String> unwanted) {
    Map<String, Entry> kept = new LinkedHashMap<>(entries);
    kept.keySet().removeIf(unwanted);
    return new StateDict(files, kept);
  }

  /** Sees the tensors whose name matches without their trailing dimensions of 1: {@code [c, c, 1, 1] -> [c, c]}. */
  public StateDict squeeze(Predicate<String> which) {
    Map<String, Entry> squeezed = new LinkedHashMap<>(entries);
    squeezed.replaceAll((name, entry) -> which.test(name)
        ? entry.shaped(withoutTrailingOnes(entry.shape()))
        : entry);
    return new StateDict(files, squeezed);
  }

  /**
   * Takes a tensor apart along its first dimension: {@code [3 * c, c] -> 3 times [c, c]}.
   *
   * @throws BadWeights if there is no such tensor, or its rows cannot be divided by the number of parts
   */
  public StateDict split(String name, List<String> parts) {
    Entry whole = entry(name);
    if (whole.shape().dimension() == 0 || whole.shape().get(0) % parts.size() != 0) {
      throw new BadWeights("%s: tensor %s has shape %s, expected a multiple of %d rows".formatted(
          whole.file().path(), Quoted.of(name), Quoted.of(whole.shape()), parts.size()));
    }
    Map<String, Entry> split = new LinkedHashMap<>(entries);
    split.remove(name);
    for (int i = 0; i < parts.size(); i++) {
      putOnce(split, parts.get(i), whole.part(i, parts.size()));
    }
    return new StateDict(files, split);
  }

  /**
   * These tensors and those of another.
   *
   * @throws BadWeights if a name is in both
   */
  public StateDict merge(StateDict other) {
    Map<String, Entry> merged = new LinkedHashMap<>(entries);
    other.entries.forEach((name, entry) -> putOnce(merged, name, entry));
    return new StateDict(Stream.concat(files.stream(), other.files.stream()).distinct().toList(), merged);
  }

  /**
   * The same tensors, which {@link #load(NDManager, DataType)} makes views of their mapped files where it can: on the
   * processor, and in the type that they are stored in. Such a tensor must not be written into, and neither must its
   * file while the tensor lives, which would change with it; if the file is cut off, the process dies.
   */
  public StateDict mapped() {
    Map<String, Entry> views = new LinkedHashMap<>(entries);
    views.replaceAll((name, entry) -> entry.asView());
    return new StateDict(files, views);
  }

  /**
   * Reads all tensors into the manager's device, in memory of their own if they are not {@linkplain #mapped mapped}.
   *
   * @param floats the type that floating point tensors are converted to; whole numbers and booleans keep theirs
   */
  public Map<String, NDArray> load(NDManager manager, DataType floats) {
    List<NDArray> arrays = SharedWork.map(List.copyOf(entries.values()), () -> {
      TensorReader reader = reader(manager, floats);
      return entry -> entry.load(reader);
    });
    Map<String, NDArray> loaded = new LinkedHashMap<>();
    entries.keySet().forEach(name -> loaded.put(name, arrays.get(loaded.size())));
    return loaded;
  }

  /** Reads all tensors as {@link #load(NDManager, DataType)} does, one at a time: each is closed after its use. */
  public void forEach(NDManager manager, DataType floats, BiConsumer<String, NDArray> use) {
    TensorReader reader = reader(manager, floats);
    entries.forEach((name, entry) -> {
      try (NDArray array = entry.read(reader)) {
        use.accept(name, array);
      }
    });
  }

  private TensorReader reader(NDManager manager, DataType floats) {
    long largest = entries.values().stream().mapToLong(entry -> entry.info().length()).max().orElse(0);
    return new TensorReader(manager, floats, largest);
  }

  /** Reads all tensors in the types that they are stored in; but bfloat16 becomes fp32, which holds all its values. */
  public Map<String, NDArray> load(NDManager manager) {
    Map<String, NDArray> loaded = new LinkedHashMap<>();
    entries.forEach((name, entry) -> loaded.put(name, load(name, manager, TensorReader.kept(entry.info().type()))));
    return loaded;
  }

  /** Reads one tensor; see {@link #load(NDManager, DataType)}. */
  public NDArray load(String name, NDManager manager, DataType floats) {
    Entry entry = entry(name);
    return entry.read(new TensorReader(manager, floats, entry.info().length()));
  }

  /** Closes the files. */
  @Override
  public void close() {
    files.forEach(WeightsFile::close);
  }

  private Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new BadWeights("%s: has no tensor %s".formatted(files(), Quoted.of(name)));
    }
    return entry;
  }

  private StateDict closedOnFailure(Supplier<StateDict> step) {
    try {
      return step.get();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static void putOnce(Map<String, Entry> entries, String name, Entry entry) {
    Entry before = entries.putIfAbsent(name, entry);
    if (before != null) {
      throw new BadWeights("%s: tensor %s gets the name %s, which tensor %s of %s has already".formatted(
          entry.file().path(), Quoted.of(entry.info().name()), Quoted.of(name), Quoted.of(before.info().name()),
          before.file().path()));
    }
  }

  private static Shape withoutTrailingOnes(Shape shape) {
    int dimensions = shape.dimension();
    while (dimensions > 1 && shape.get(dimensions - 1) == 1) {
      dimensions--;
    }
    return shape.slice(0, dimensions);
  }
}
