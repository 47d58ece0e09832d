// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What travels through a route: a job, the tensors made for it so far, and how they came about. A generation never
 * changes; each {@code with} makes the next one. All generations of a job share one owner of native memory, and
 * {@link #close} on any of them frees the tensors of all.
 *
 * <p>Its tensors and facts are exactly what a safetensors file can hold: see {@link GenerationFile}.
 */
public final class Generation implements AutoCloseable {

  private final Job job;
  private final NDManager owner;
  private final Map<Part, NDArray> parts;
  private final Map<Fact, String> facts;
  private final List<Step> provenance;

  private Generation(Job job, NDManager owner, Map<Part, NDArray> parts, Map<Fact, String> facts,
      List<Step> provenance) {
    this.job = job;
    this.owner = owner;
    this.parts = Collections.unmodifiableMap(parts);
    this.facts = Collections.unmodifiableMap(facts);
    this.provenance = Collections.unmodifiableList(provenance);
  }

  /** A job that nothing has been done for; its tensors will belong to a child of {@code memory}. */
  public static Generation of(Job job, NDManager memory) {
    return new Generation(job, memory.newSubManager(), new EnumMap<>(Part.class), new EnumMap<>(Fact.class),
        List.of());
  }

  public Job job() {
    return job;
  }

  /** Owner of this generation's tensors; a stage makes its first arrays here. */
  public NDManager memory() {
    return owner;
  }

  /** The tensors, in the order of the pipeline. */
  public Map<Part, NDArray> parts() {
    return parts;
  }

  public Map<Fact, String> facts() {
    return facts;
  }

  public List<Step> provenance() {
    return provenance;
  }

  public Optional<NDArray> find(Part part) {
    return Optional.ofNullable(parts.get(part));
  }

  public Optional<String> find(Fact fact) {
    return Optional.ofNullable(facts.get(fact));
  }

  /**
   * The tensor that {@code stage} can't do without.
   *
   * @throws MissingPart naming the step to put before it
   */
  public NDArray require(Part part, String stage) {
    return find(part).orElseThrow(() -> MissingPart.of(part, stage, parts.keySet()));
  }

  /** This generation with {@code tensor} as its {@code part}; the tensor now lives as long as the job. */
  public Generation with(Part part, NDArray tensor) {
    NDScope.unregister(tensor);
    tensor.attach(owner);
    Map<Part, NDArray> all = copy(parts, Part.class);
    all.put(part, tensor);
    return new Generation(job, owner, all, facts, provenance);
  }

  /** This generation without {@code part}, which stays in memory until the job ends: others may still read it. */
  public Generation without(Part part) {
    Map<Part, NDArray> all = copy(parts, Part.class);
    all.remove(part);
    return new Generation(job, owner, all, facts, provenance);
  }

  public Generation with(Fact fact, Object value) {
    Map<Fact, String> all = copy(facts, Fact.class);
    all.put(fact, String.valueOf(value));
    return new Generation(job, owner, parts, all, provenance);
  }

  public Generation with(Step step) {
    List<Step> all = new ArrayList<>(provenance);
    all.add(step);
    return new Generation(job, owner, parts, facts, all);
  }

  /** The rewards of the candidates, in their order; empty before they are scored. */
  public float[] rewards() {
    return find(Part.REWARDS).map(NDArray::toFloatArray).orElse(new float[0]);
  }

  /** Frees every tensor of the job. */
  @Override
  public void close() {
    owner.close();
  }

  @Override
  public String toString() {
    return "generation %s '%s' %s".formatted(job.id(), job.prompt(), parts.keySet());
  }

  private static <K extends Enum<K>, V> Map<K, V> copy(Map<K, V> map, Class<K> keys) {
    Map<K, V> all = new EnumMap<>(keys);
    all.putAll(map);
    return all;
  }
}
