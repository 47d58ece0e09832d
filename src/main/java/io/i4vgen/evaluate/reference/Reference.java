// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.reference;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.i4vgen.tensor.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs case folders through the checks this build has; see the package's description. Works on the CPU in fp32. */
public final class Reference {

  private final Map<String, Check> checks;

  /** With exactly these checks; two for one kind are refused. */
  public Reference(List<Check> checks) {
    this.checks = checks.stream().collect(Collectors.toUnmodifiableMap(Check::kind, Function.identity()));
  }

  /** Every check of this build: a new kind is one line here. */
  public static Reference complete() {
    return new Reference(List.of(
        new TorchRandnCheck(),
        new SchedulerCheck(),
        new I4vgenTraceCheck("i4vgen-animatediff-trace"),
        new I4vgenTraceCheck("i4vgen-lavie-trace"),
        new FreeInitCheck(),
        new ClipTokenizerCheck(),
        new BertTokenizerCheck(),
        new RewardImageCheck(),
        new TextEncoderCheck(),
        new VaeCheck(),
        new FreeNoiseCheck(),
        new TinyVaeCheck(),
        new SparseControlCheck(),
        new LavieUnetCheck(),
        new UnetCheck(),
        new MotionUnetCheck(),
        new AnimateDiffUnetCheck(),
        new ImageRewardCheck(),
        new SingleFileCheck(),
        new LoraCheck()
    ));
  }

  /**
   * Runs every case folder directly in {@code directory} (or the directory itself, if it is a case) by name.
   *
   * @param onOutcome told each outcome as soon as it is known
   * @throws IllegalArgumentException if there is no case
   */
  public List<Outcome> run(Path directory, Consumer<Outcome> onOutcome) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Path folder : folders(directory)) {
      Outcome outcome = run(folder);
      onOutcome.accept(outcome);
      outcomes.add(outcome);
    }
    return List.copyOf(outcomes);
  }

  /** Runs the case in {@code folder}. */
  public Outcome run(Path folder) {
    String name = folder.toAbsolutePath().normalize().getFileName().toString();
    try {
      Case reference = Case.open(folder);
      Check check = checks.get(reference.kind());
      return check == null
          ? new Outcome.Unknown(name, reference.kind())
          : new Outcome.Compared(name, compare(check, reference));
    } catch (RuntimeException | LinkageError e) { // one broken case must not hide the others' results
      return new Outcome.Broken(name, e);
    }
  }

  private static List<Comparison> compare(Check check, Case reference) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu()); Scope scope = new Scope()) {
      return check.run(reference, manager);
    }
  }

  /** The case folders of {@code directory}, sorted by name. */
  public static List<Path> folders(Path directory) {
    if (isCase(directory)) {
      return List.of(directory);
    }
    try (Stream<Path> entries = Files.list(directory)) {
      List<Path> cases = entries.filter(Reference::isCase).sorted().toList();
      if (cases.isEmpty()) {
        throw new IllegalArgumentException(directory + ": no folder in it has a " + Case.FILE);
      }
      return cases;
    } catch (IOException e) {
      throw new UncheckedIOException(directory + ": cannot be listed (" + e.getMessage() + ")", e);
    }
  }

  private static boolean isCase(Path folder) {
    return Files.isRegularFile(folder.resolve(Case.FILE));
  }
}
