// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import io.i4vgen.weights.LoraNames.Role;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The tensors of a file that belong to one tensor of the network.
 *
 * @param names of them, by what they are to it
 */
record LoraParts(StateDict state, Map<Role, String> names) {

  LoraParts(StateDict state) {
    this(state, new EnumMap<>(Role.class));
  }

  boolean has(Role... roles) {
    return Stream.of(roles).allMatch(names::containsKey);
  }

  /**
   * What they are together.
   *
   * @param path of the module, for messages
   * @throws BadWeights if some are missing, or they are of several forms
   */
  LoraChange change(String path) {
    List<LoraChange> changes = Stream.of(whole(Role.WHOLE), lowRank(), hadamard(), kronecker())
        .flatMap(Optional::stream).toList();
    int used = changes.stream().mapToInt(change -> change.shapes().size()).sum();
    if (changes.size() != 1 || used != names.keySet().stream().filter(Role::isFactor).count()) {
      throw new BadWeights(("%s: module %s has only %s, expected both factors of a LoRA, or all of a LoHa or a LoKr, or"
          + " a whole difference, and nothing else").formatted(state.files(), Quoted.of(path),
          Quoted.all(names.values())));
    }
    return changes.get(0);
  }

  /**
   * What makes a DoRA of them, if anything does.
   *
   * @param path of the module, for messages
   * @throws BadWeights if two things do
   */
  Optional<LoraMagnitude> magnitude(String path) {
    if (has(Role.MAGNITUDE, Role.LYCORIS_MAGNITUDE)) {
      throw new BadWeights("%s: module %s has %s, expected one magnitude".formatted(state.files(), Quoted.of(path),
          Quoted.all(List.of(names.get(Role.MAGNITUDE), names.get(Role.LYCORIS_MAGNITUDE)))));
    }
    return Stream.of(Role.MAGNITUDE, Role.LYCORIS_MAGNITUDE).filter(names::containsKey).findFirst()
        .map(role -> new LoraMagnitude(state, names.get(role), role == Role.LYCORIS_MAGNITUDE));
  }

  private Optional<LoraChange> whole(Role role) {
    return Optional.ofNullable(names.get(role)).map(name -> new LoraChange.Whole(state, name));
  }

  private Optional<LoraChange> lowRank() {
    return product(Role.UP, Role.MIDDLE, Role.DOWN, false).map(LoraChange.class::cast);
  }

  private Optional<LoraChange> hadamard() {
    return lycoris(Role.LOHA_1A, Role.LOHA_1T, Role.LOHA_1B).flatMap(first ->
        lycoris(Role.LOHA_2A, Role.LOHA_2T, Role.LOHA_2B).map(second -> new LoraChange.Hadamard(first, second)));
  }

  private Optional<LoraChange> kronecker() {
    Optional<LoraChange> block = whole(Role.LOKR_2).or(() -> lycoris(Role.LOKR_2A, Role.LOKR_2T, Role.LOKR_2B));
    return whole(Role.LOKR_1).or(() -> product(Role.LOKR_1A, null, Role.LOKR_1B, false)).flatMap(outer ->
        block.map(one -> new LoraChange.Kronecker(outer, one)));
  }

  /** LyCORIS turns the first factor around where there is a middle. */
  private Optional<LoraChange.LowRank> lycoris(Role up, Role middle, Role down) {
    return product(up, middle, down, has(middle));
  }

  private Optional<LoraChange.LowRank> product(Role up, Role middle, Role down, boolean turned) {
    return has(up, down) ? Optional.of(new LoraChange.LowRank(state, names.get(up),
        middle == null ? null : names.get(middle), names.get(down), turned)) : Optional.empty();
  }
}
