// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.i4vgen.generation.BadJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {

  @TempDir
  Path home;

  private Configuration load(String file, Map<String, String> environment, Map<String, String> commandLine)
      throws IOException {
    Files.writeString(home.resolve(Configuration.FILE), file);
    Map<String, String> line = new HashMap<>(commandLine);
    line.put("i4vgen.home", home.toString());
    return Configuration.load(environment, line);
  }

  @Test
  void hasADefaultForEverything() {
    Configuration defaults = Configuration.load(Map.of("PATH", "/bin"), Map.of("i4vgen.home", home.toString()));
    assertThat(defaults.get(Key.BROKER_URL)).isEqualTo("vm://0");
    assertThat(defaults.folder(Key.INBOX)).isEqualTo(home.toAbsolutePath().resolve("inbox"));
    assertThat(defaults.bytes(Key.CACHE)).isEqualTo(8L << 30);
    assertThat(Key.values()).allSatisfy(key -> assertThat(defaults.properties().containsKey(key.key()))
        .isEqualTo(key != Key.BROKER_PASSWORD));
  }

  @Test
  void takesTheCommandLineBeforeTheEnvironmentBeforeTheFile() throws Exception {
    String file = "i4vgen.model = one\ni4vgen.route: one\ni4vgen.inbox=in/one\nmy.guidance = 4.25\n";
    Configuration configuration = load(file, Map.of("I4VGEN_MODEL", "two", "I4VGEN_ROUTE", "two"),
        Map.of("i4vgen.model", "three"));
    assertThat(configuration.get(Key.MODEL)).isEqualTo("three");
    assertThat(configuration.get(Key.ROUTE)).isEqualTo("two");
    assertThat(configuration.folder(Key.INBOX)).isEqualTo(home.toAbsolutePath().resolve("in/one"));
    assertThat(configuration.properties()).containsEntry("my.guidance", "4.25");
    assertThat(configuration.with(Key.MODEL, "four").get(Key.MODEL)).isEqualTo("four");
  }

  @Test
  void readsSeveralFoldersAndSizes() throws Exception {
    Configuration configuration = load("i4vgen.packs = plugins, /srv/packs\ni4vgen.cache.maximum-bytes=512M\n",
        Map.of(), Map.of());
    assertThat(configuration.folders(Key.PACKS)).isEqualTo(
        List.of(home.toAbsolutePath().resolve("plugins"), Path.of("/srv/packs")));
    assertThat(configuration.bytes(Key.CACHE)).isEqualTo(512L << 20);
  }

  @Test
  void aCommaIsAPartOfASingleFoldersName() throws Exception {
    Configuration configuration = load("i4vgen.output = a,b\n", Map.of(), Map.of());
    assertThat(configuration.folder(Key.OUTPUT)).isEqualTo(home.toAbsolutePath().resolve("a,b"));
    assertThat(configuration.with(Key.OUTPUT, "/data/c,d").folder(Key.OUTPUT)).isEqualTo(Path.of("/data/c,d"));
    assertThatThrownBy(() -> load("i4vgen.output = a\\u0000b\n", Map.of(), Map.of())).isInstanceOf(BadJob.class)
        .hasMessageStartingWith("i4vgen.output is 'a");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "i4vgen.modle = x|i4vgen.properties:2: 'i4vgen.modle' is unknown: did you mean 'i4vgen.model'?",
      "i4vgen.concurrent = 0|i4vgen.properties:2: i4vgen.concurrent is '0': must be a whole number from 1 to 64",
      "i4vgen.precision = fp8|i4vgen.properties:2: i4vgen.precision is 'fp8': must be auto, fp32, fp16 or bf16",
      "i4vgen.weights = lazy|i4vgen.properties:2: i4vgen.weights is 'lazy': must be mapped or copied",
      "i4vgen.device = tpu|i4vgen.properties:2: i4vgen.device is 'tpu': must be auto, cpu, cuda",
      "i4vgen.broker.url = http://x|i4vgen.properties:2: i4vgen.broker.url is 'http://x': must be vm://NUMBER",
      "i4vgen.broker.tcp = 61616|i4vgen.properties:2: i4vgen.broker.tcp is '61616': must be off, or HOST:PORT",
      "i4vgen.inbox =|i4vgen.properties:2: i4vgen.inbox is '': must be a folder",
      "i4vgen.file = a/b|i4vgen.properties:2: i4vgen.file is 'a/b': must be a file's name",
      "i4vgen.home = x|i4vgen.properties:2: i4vgen.home can't be set in this file",
      "i4vgen.model = \\u12|i4vgen.properties:2: Malformed",
      "i4vgen.model = a;i4vgen.model = b|i4vgen.properties:3: i4vgen.model was set before, in i4vgen.properties:2",
  })
  void saysTheLineOfABadSetting(String line, String message) {
    assertThatThrownBy(() -> load("# a comment \\\n" + line.replace(';', '\n') + "\n", Map.of(), Map.of()))
        .isInstanceOf(BadJob.class).message().startsWith(message);
  }

  @Test
  void saysTheVariableOrTheOptionOfABadSetting() {
    assertThatThrownBy(() -> load("", Map.of("I4VGEN_CONCURRENT", "x"), Map.of()))
        .hasMessageStartingWith("environment variable I4VGEN_CONCURRENT: i4vgen.concurrent is 'x'");
    assertThatThrownBy(() -> load("", Map.of("I4VGEN_MODLE", "x"), Map.of()))
        .hasMessage("environment variable I4VGEN_MODLE is unknown: did you mean 'I4VGEN_MODEL'?");
    assertThatThrownBy(() -> load("", Map.of(), Map.of("i4vgen.modle", "x")))
        .hasMessage("--set i4vgen.modle: 'i4vgen.modle' is unknown: did you mean 'i4vgen.model'?");
    assertThatThrownBy(() -> Configuration.load(Map.of(), Map.of("i4vgen.home", "/no/such")))
        .hasMessage("i4vgen.home is '/no/such': there is no such folder");
  }

  @Test
  void shipsAFileThatExplainsEveryKeyAndChangesNothing() throws Exception {
    String text = Files.readString(Path.of(Configuration.FILE));
    for (Key key : Key.values()) {
      if (key != Key.HOME) {
        assertThat(text).containsPattern("(?m)^#" + key.key().replace(".", "\\.") + " = ?"
            + Pattern.quote(key.standard()) + "$");
      }
    }
    assertThat(text.lines().filter(line -> !line.isBlank())).allMatch(line -> line.startsWith("#"));
  }
}
