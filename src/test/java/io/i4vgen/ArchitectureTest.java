// SPDX-License-Identifier: Apache-2.0
package io.i4vgen;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The house rules: who may know whom. Arrows only go down. */
class ArchitectureTest {

  private static final JavaClasses CLASSES = new ClassFileImporter()
      .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.i4vgen");

  /** Every room, and the rooms that it may use. */
  private static final Map<String, List<String>> ROOMS = Map.ofEntries(
      Map.entry("tensor", List.of()),
      Map.entry("media", List.of()),
      Map.entry("weights", List.of("tensor")),
      Map.entry("diffusion", List.of("tensor")),
      Map.entry("generation", List.of("tensor", "weights")),
      Map.entry("network", List.of("tensor", "weights")),
      Map.entry("model", List.of("tensor", "weights", "network", "diffusion")),
      Map.entry("evaluate", List.of("tensor", "weights", "network", "model", "diffusion", "generation", "media",
          "stage")),
      Map.entry("stage", List.of("tensor", "weights", "network", "model", "diffusion", "generation", "media")),
      Map.entry("camel", List.of("tensor", "generation", "model", "stage")),
      Map.entry("cli", List.of("tensor", "weights", "network", "model", "diffusion", "generation", "media", "stage",
          "evaluate", "camel")));

  static Stream<String> rooms() {
    return ROOMS.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void everyRoomUsesOnlyTheRoomsBelowIt(String room) {
    String[] others = ROOMS.keySet().stream().filter(other -> !other.equals(room) && !ROOMS.get(room).contains(other))
        .map(other -> "io.i4vgen." + other + "..").toArray(String[]::new);
    check(noClasses().that().resideInAPackage("io.i4vgen." + room + "..")
        .should().dependOnClassesThat().resideInAnyPackage(others));
  }

  @Test
  void onlyTheCamelRoomKnowsCamelAndTheBroker() {
    check(noClasses().that().resideOutsideOfPackage("io.i4vgen.camel..")
        .should().dependOnClassesThat().resideInAnyPackage("org.apache.camel..", "org.apache.activemq..",
            "jakarta.jms.."));
  }

  @Test
  void onlyNetworksAndWeightsKnowTheEngineOfPyTorch() {
    check(noClasses().that().resideOutsideOfPackages("io.i4vgen.network..", "io.i4vgen.weights..")
        .should().dependOnClassesThat().resideInAPackage("ai.djl.pytorch.."));
  }

  @Test
  void onlyMediaKnowsFfmpegAndOnlyTheCommandLineKnowsPicocli() {
    check(noClasses().that().resideOutsideOfPackage("io.i4vgen.media..")
        .should().dependOnClassesThat().resideInAPackage("org.bytedeco.."));
    check(noClasses().that().resideOutsideOfPackage("io.i4vgen.cli..")
        .should().dependOnClassesThat().resideInAPackage("picocli.."));
  }

  @Test
  void noPackagesFormACycle() {
    check(slices().matching("io.i4vgen.(*)..").should().beFreeOfCycles());
  }

  @Test
  void nothingStaticCanChange() {
    check(fields().that().areStatic().and().doNotHaveModifier(JavaModifier.SYNTHETIC)
        .should().beFinal());
  }

  @Test
  void namesSayWhatAThingIs() {
    String vague = Stream.of("Utils?", "Helpers?", "Managers?", "Impl").reduce((a, b) -> a + "|" + b).orElseThrow();
    check(noClasses().should().haveNameMatching(".*(" + vague + ")"));
  }

  @Test
  void everyRoomIsKnownHere() {
    check(noClasses().should().resideOutsideOfPackages(Stream.concat(Stream.of("io.i4vgen"),
        rooms().map(room -> "io.i4vgen." + room + "..")).toArray(String[]::new)));
  }

  private static void check(ArchRule rule) {
    rule.check(CLASSES);
  }
}
