// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.i4vgen.model.Packs;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** For tests that fetch one file of 300,000 bytes for a pack, from a hub of their own. */
abstract class WithHub {

  static final Patience SHORT =
      new Patience(3, Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofSeconds(20));
  static final String FILE = "/mirror/a/b/resolve/main/vocab.txt";

  @TempDir Path packs;
  final List<String> told = new ArrayList<>();
  byte[] bytes;
  FakeHub hub;
  Path target;

  @BeforeEach
  void start() throws IOException {
    hub = new FakeHub();
    bytes = bytes(300_000, 1);
    hub.put("a/b", "vocab.txt", bytes);
    target = packs.resolve("hub/a/b/vocab.txt");
    describe("repo: a/b");
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  static byte[] bytes(int count, long seed) {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  void describe(String source) throws IOException {
    describe("part", source);
  }

  void describe(String name, String source) throws IOException {
    Files.createDirectories(packs.resolve(name));
    Files.writeString(packs.resolve(name + "/plugin.yaml"), """
        name: %s
        description: a part
        license: Apache-2.0
        networks: {reward: {textConfig: vocab.txt, weights: [vocab.txt]}}
        tokenizers: {reward: vocab.txt}
        files:
          vocab.txt: {%s}
        """.formatted(name, source));
  }

  int pull(Patience patience, Optional<String> token, URI base, String... names) {
    PullListener listener = new PullListener() {
      @Override
      public void present(Path file, boolean sure) {
        told.add("present" + (sure ? "" : ", unsure"));
      }

      @Override
      public void comparing(Path file, long bytes) {
        told.add("comparing " + bytes);
      }

      @Override
      public void damaged(Path file, String what) {
        told.add("damaged: " + what);
      }

      @Override
      public void started(Path file, URI from, long done, long total) {
        told.add("started at " + done + " of " + total);
      }

      @Override
      public void retrying(Path file, String why, Duration wait) {
        told.add("retrying" + (why.startsWith("can't reach") ? ": " + why : ""));
      }

      @Override
      public void restarted(Path file, String why) {
        told.add("restarted: " + why);
      }

      @Override
      public void unverified(Path file, String why) {
        told.add("unverified: " + why);
      }
    };
    HubClient client = new HubClient(base, token, Duration.ofSeconds(20));
    return new Pull(new Packs(List.of(packs), base), client, patience, listener).run(List.of(names));
  }

  int pull() {
    return pull(SHORT, Optional.empty(), hub.uri(), "part");
  }

  void leavesNothingBehind() throws IOException {
    try (var files = Files.list(target.getParent())) {
      assertThat(files).containsExactly(target);
    }
  }
}
