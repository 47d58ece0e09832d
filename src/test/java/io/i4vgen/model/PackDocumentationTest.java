// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackDocumentationTest {

  private static final Path DOCUMENT = Path.of("docs/packs.md");

  @TempDir Path parent;

  /** A key that nobody knows makes the reader list those that it does know. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "name: small | strange: 1\\nname: small",
      "video: {    | video: {strange: 1, ",
      "unet: {     | strange: {}\\n  unet: {",
      "vae: {      | vae: {strange: 1, ",
      "motion: {   | motion: {strange: 1, ",
      "reward: {   | reward: {strange: 1, ",
      "text: token | strange: 1\\n  text: token",
      "defaults: { | defaults: {strange: 1, ",
      "{bytes:     | {strange: 1, bytes:",
      "{bytes:     | {repo: a/b, strange: 1, bytes:",
  })
  void everyKeyIsDocumented(String found, String written) throws IOException {
    Path folder = SmallPack.write(parent);
    Path file = folder.resolve("plugin.yaml");
    Files.writeString(file, Files.readString(file).replace(found, written.replace("\\n", "\n")));
    String message = catchThrowable(() -> PackReader.read(folder, HubFile.PUBLIC)).getMessage();
    Matcher keys = Pattern.compile("strange is not a key here; the keys are ([^ ,]+(, [^ ,]+)*)").matcher(message);
    assertThat(keys.find()).as(message).isTrue();
    String document = Files.readString(DOCUMENT);
    for (String key : keys.group(1).split(", ")) {
      Pattern code = Pattern.compile("`([a-zA-Z]+\\.)?" + key + "(\\.[a-zA-Z]+)?`");
      assertThat(code.matcher(document).find()).as(key).isTrue();
    }
  }

  @Test
  void theExampleIsAPack() throws IOException {
    Matcher example = Pattern.compile("```yaml\n(.*?)files:\n```", Pattern.DOTALL).matcher(Files.readString(DOCUMENT));
    assertThat(example.find()).isTrue();
    String head = example.group(1);
    Path folder = parent.resolve("my-pack");
    Matcher path = Pattern.compile("[a-z_]+/[a-z_]+\\.[a-z]+").matcher(head);
    while (path.find()) {
      Files.createDirectories(folder.resolve(path.group()).getParent());
      Files.writeString(folder.resolve(path.group()), "{}");
    }
    Files.createDirectories(folder.resolve("tokenizer"));
    Files.writeString(folder.resolve("tokenizer/tokenizer.json"), "{}");
    Files.writeString(folder.resolve("vae/config.json"), "{\"block_out_channels\": [128, 256, 512, 512]}");
    SmallPack.describe(folder, head);
    assertThat(PackReader.read(folder, HubFile.PUBLIC).frame()).isEqualTo(new Frame(512, 512, 16, 8, 4, 8));
  }
}
