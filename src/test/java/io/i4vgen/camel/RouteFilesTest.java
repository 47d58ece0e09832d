// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.stage.Setting;
import io.i4vgen.stage.Stage;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The shipped routes and Kamelets, with the real stages; no job runs. */
class RouteFilesTest {

  private static final Path KAMELETS = Path.of("routes/kamelets");
  static final List<String> PAPER = List.of("text-encode", "candidates", "image-reward", "select-anchor",
      "replicate", "ni-vsds", "noise", "denoise", "decode", "encode-mp4");

  @TempDir
  Path folder;

  static Stream<Path> kamelets() throws IOException {
    try (Stream<Path> files = Files.list(KAMELETS)) {
      return files.sorted().toList().stream();
    }
  }

  private static List<String> stages(Engine engine, String route) {
    return engine.stages(route).stream().map(Stage::name).toList();
  }

  private Engine start(String route) {
    return Engine.start(Configuration.load(Map.of(), Map.of("i4vgen.home", ".", "i4vgen.state", folder.toString(),
        "i4vgen.inbox", folder.toString())), Set.of(route), Home.SILENT);
  }

  @Test
  void theShippedRoutesHaveTheStepsOfThePaperAndOfTheBaseline() {
    try (Engine engine = start("i4vgen")) {
      assertThat(stages(engine, "i4vgen")).isEqualTo(PAPER);
    }
    try (Engine engine = start("text-to-video")) {
      assertThat(stages(engine, "text-to-video")).containsExactly("text-encode", "noise", "denoise", "decode",
          "encode-mp4");
    }
  }

  @Test
  void everyShippedPipelineStartsAndWritesAVideoAtItsEnd() throws Exception {
    List<String> pipelines = RouteFolder.open(Path.of("routes")).pipelines();
    assertThat(pipelines).contains("i4vgen", "text-to-video");
    for (String pipeline : pipelines) {
      try (Engine engine = start(pipeline)) {
        assertThat(stages(engine, pipeline).get(0)).isIn("text-encode", "prompt-travel");
        assertThat(stages(engine, pipeline)).endsWith("decode", "encode-mp4");
      }
    }
  }

  @Test
  void everyStepOfThePapersRouteIsOneLineThatCanBeDeleted() throws Exception {
    Path route = folder.resolve("routes/i4vgen.camel.yaml");
    Home home = Home.in(folder);
    String text = Files.readString(route);
    for (String stage : PAPER) {
      String without = text.lines().filter(line -> !line.contains("kamelet:i4vgen-" + stage + "-action"))
          .reduce("", (all, line) -> all + line + "\n");
      Files.writeString(route, without);
      try (Engine engine = home.start("i4vgen")) {
        assertThat(stages(engine, "i4vgen")).hasSize(PAPER.size() - 1).doesNotContain(stage);
      }
    }
  }

  @Test
  void everySampleIsAJobThatItsRouteCanDo() throws Exception {
    Path folder = Path.of("samples").toAbsolutePath();
    Set<String> pipelines = Set.copyOf(RouteFolder.open(Path.of("routes")).pipelines());
    try (Stream<Path> samples = Files.list(folder).filter(Files::isRegularFile); Engine engine = Engine.start(
        Configuration.load(Map.of(), Map.of("i4vgen.home", ".")), pipelines, Home.SILENT)) {
      JobReader reader = new JobReader(engine::model, "i4vgen");
      for (Path sample : samples.toList()) {
        Request request = reader.read(JobReader.text(Files.readAllBytes(sample), sample.toString()),
            Source.file(sample.getFileName().toString(), "1"));
        engine.check(request.route(), new ForeignFiles(List.of(folder), "samples").resolved(request.job(),
            engine.stages(request.route())));
      }
    }
  }

  @Test
  void everyStepHasItsComment() throws Exception {
    assertThat(Files.readAllLines(Path.of("routes/i4vgen.camel.yaml")))
        .filteredOn(line -> line.contains("kamelet:")).hasSize(PAPER.size()).allMatch(line -> line.contains(" # "));
  }

  @ParameterizedTest
  @MethodSource("kamelets")
  void everyKameletNamesTheStageAndPassesOnItsOptionsInTheirOrder(Path file) throws Exception {
    JsonNode kamelet = new YAMLMapper().readTree(file.toFile());
    List<String> parameters = names(kamelet.at("/spec/definition/properties"));
    Stage stage = stage(kamelet, Map.of());
    assertThat(file).hasFileName("i4vgen-" + stage.name() + "-action.kamelet.yaml");
    assertThat(kamelet.at("/metadata/name").asText()).isEqualTo("i4vgen-" + stage.name() + "-action");
    assertThat(kamelet.at("/spec/definition/required").isMissingNode()).isTrue();
    assertThat(stage.settings().stream().map(setting -> setting.names().get(0)).toList())
        .isEqualTo(parameters.stream().map(name -> stage.name() + "." + name).toList());
    List<String> passed = new ArrayList<>();
    kamelet.at("/spec/template/beans/0/constructors").forEach(value -> passed.add(value.asText()));
    assertThat(passed).isEqualTo(parameters.stream()
        .map(name -> "#valueAs(java.lang.String):{{" + name + ":auto}}").toList());
  }

  @ParameterizedTest
  @MethodSource("kamelets")
  void everyParameterIsDescribedAndItsRangeIsThatOfTheStage(Path file) throws Exception {
    JsonNode kamelet = new YAMLMapper().readTree(file.toFile());
    for (Map.Entry<String, JsonNode> entry : kamelet.at("/spec/definition/properties").properties()) {
      JsonNode parameter = entry.getValue();
      assertThat(parameter.path("title").asText()).isNotBlank();
      assertThat(parameter.path("description").asText()).isNotBlank();
      assertThat(parameter.path("type").asText()).isIn("integer", "number", "string", "boolean");
      List<JsonNode> good = new ArrayList<>(List.of(parameter.path("example")));
      parameter.path("enum").forEach(good::add);
      if (parameter.has("minimum")) {
        good.addAll(List.of(parameter.path("minimum"), parameter.path("maximum")));
        refuses(kamelet, entry.getKey(), Double.toString(parameter.path("minimum").asDouble() - 1));
        refuses(kamelet, entry.getKey(), Double.toString(parameter.path("maximum").asDouble() + 1));
        refuses(kamelet, entry.getKey(), "many");
      }
      for (JsonNode value : good) {
        assertThat(value.isMissingNode()).isFalse();
        stage(kamelet, Map.of(entry.getKey(), value.asText()));
      }
    }
  }

  private static void refuses(JsonNode kamelet, String parameter, String value) {
    assertThatThrownBy(() -> stage(kamelet, Map.of(parameter, value))).isInstanceOf(BadJob.class)
        .hasMessageStartingWith("parameter '%s' of %s is '%s'".formatted(parameter,
            kamelet.at("/metadata/name").asText(), value));
  }

  private static Stage stage(JsonNode kamelet, Map<String, String> values) throws Exception {
    String type = kamelet.at("/spec/template/beans/0/type").asText().substring("#class:".length());
    Object[] arguments = names(kamelet.at("/spec/definition/properties")).stream().map(values::get).toArray();
    Constructor<?> constructor = Arrays.stream(Class.forName(type).getConstructors())
        .filter(one -> one.getParameterCount() == arguments.length).findFirst().orElseThrow();
    try {
      return (Stage) constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      throw (Exception) e.getCause();
    }
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** As a String, said in so many words: Camel would take "4" for a number, and then find no constructor. */
  @ParameterizedTest
  @MethodSource("kamelets")
  void everyExampleReachesTheStageAsItStandsInTheRoute(Path file) throws Exception {
    JsonNode kamelet = new YAMLMapper().readTree(file.toFile());
    Map<String, Object> parameters = new TreeMap<>();
    kamelet.at("/spec/definition/properties").properties().forEach(
        entry -> parameters.put(entry.getKey(), entry.getValue().path("example")));
    Map<String, Object> call = Map.of("uri", "kamelet:" + kamelet.at("/metadata/name").asText(),
        "parameters", parameters);
    Home home = Home.in(folder).route("one", new YAMLMapper().writeValueAsString(List.of(Map.of("route", Map.of(
        "id", "one", "from", Map.of("uri", "direct:one", "steps", List.of(Map.of("to", call))))))));
    Files.copy(file, folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    try (Engine engine = home.start("one")) {
      Stage stage = engine.stages("one").get(0);
      assertThat(stage.getClass()).isEqualTo(stage(kamelet, Map.of()).getClass());
      Job job = new Job("one", "a star", null, 1, "shapes", Map.of());
      for (Setting<?> setting : stage.settings()) {
        String name = setting.names().get(0).substring(stage.name().length() + 1);
        String example = kamelet.at("/spec/definition/properties/" + name + "/example").asText();
        Stage direct = stage(kamelet, Map.of(name, example));
        assertThat(setting.in(job, engine.models().describe("shapes"))).isPresent().isEqualTo(direct.settings().stream()
            .filter(other -> other.names().equals(setting.names())).findFirst().orElseThrow()
            .in(job, engine.models().describe("shapes")));
      }
    }
  }

  @Test
  void theDocumentationShowsEveryParameterAsItIs() throws Exception {
    String text = Files.readString(Path.of("docs/routes.md"));
    for (Path file : kamelets().toList()) {
      assertThat(text).contains(table(new YAMLMapper().readTree(file.toFile())));
    }
    Map<String, String> keys = new TreeMap<>();
    Arrays.stream(Key.values()).forEach(key -> keys.put(key.key(), key.standard()));
    assertThat(keys).allSatisfy((key, standard) -> assertThat(text).contains("| `" + key + "` | "
        + (standard.isEmpty() ? "" : "`" + standard + "`") + " |"));
  }

  /** What docs/routes.md must say of a Kamelet. */
  private static String table(JsonNode kamelet) {
    JsonNode definition = kamelet.at("/spec/definition");
    StringBuilder text = new StringBuilder("### `%s`\n\n%s\n".formatted(kamelet.at("/metadata/name").asText(),
        definition.path("description").asText().strip()));
    if (!definition.path("properties").isEmpty()) {
      text.append("\n| parameter | values | |\n| --- | --- | --- |\n");
    }
    for (Map.Entry<String, JsonNode> entry : definition.path("properties").properties()) {
      JsonNode parameter = entry.getValue();
      text.append("| `%s` | %s, like `%s` | %s |\n".formatted(entry.getKey(), values(parameter),
          parameter.path("example").asText(), parameter.path("description").asText().strip()));
    }
    return text.toString();
  }

  private static String values(JsonNode parameter) {
    if (parameter.has("enum")) {
      List<String> words = new ArrayList<>();
      parameter.path("enum").forEach(word -> words.add("`" + word.asText() + "`"));
      return String.join(", ", words);
    }
    return parameter.has("minimum") ? "%s from %s to %s".formatted(parameter.path("type").asText(),
        parameter.path("minimum").asText(), parameter.path("maximum").asText()) : parameter.path("type").asText();
  }
}
