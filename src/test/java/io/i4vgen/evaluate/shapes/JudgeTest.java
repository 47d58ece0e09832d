// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.i4vgen.media.Clip;
import io.i4vgen.media.Picture;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against what the training's judge finds in the same clips; tools/judge/fixtures.py made them. */
class JudgeTest {

  private static final int SIDE = 128;
  private static final Judge JUDGE = new Judge();
  private static final JsonNode EXPECTED = expected();

  static Stream<String> clips() {
    Iterable<String> names = () -> EXPECTED.get("cases").fieldNames();
    return StreamSupport.stream(names.spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("clips")
  void seesInEveryFrameWhatTheTrainingsJudgeSees(String name) throws IOException {
    List<FrameFacts> frames = JUDGE.facts(clip(name));
    JsonNode expected = EXPECTED.get("cases").get(name).get("frames");
    assertThat(frames).hasSize(expected.size());
    for (int i = 0; i < frames.size(); i++) {
      FrameFacts facts = frames.get(i);
      assertThat(facts.scene()).as("frame %d", i).isEqualTo(named(Scene.class, expected.get(i).get("scene")));
      for (Paint paint : Paint.values()) {
        assertSame(facts.seen().get(paint), expected.get(i).get("seen").get(paint.name().toLowerCase(Locale.ROOT)),
            "frame " + i + ", " + paint);
      }
    }
  }

  private static void assertSame(Seen seen, JsonNode expected, String where) {
    if (expected == null) {
      assertThat(seen.area()).as(where).isZero();
      return;
    }
    assertThat(seen.area()).as(where).isEqualTo(expected.get("area").asInt());
    assertThat(seen.count()).as(where).isEqualTo(expected.get("count").asInt());
    assertThat(seen.x()).as(where).isCloseTo(expected.get("cx").asDouble(), within(1e-4));
    assertThat(seen.y()).as(where).isCloseTo(expected.get("cy").asDouble(), within(1e-4));
    assertThat(seen.likeness()).as(where).isCloseTo(expected.get("iou").asDouble(), within(1e-4));
    int figure = expected.get("shape").asInt();
    assertThat(seen.figure().map(Figure::ordinal).orElse(-1)).as(where).isEqualTo(figure);
  }

  @ParameterizedTest
  @MethodSource("clips")
  void followsAThingAsTheTrainingsJudgeDoes(String name) throws IOException {
    JsonNode expected = EXPECTED.get("cases").get(name);
    Spec spec = new PromptReader().read(expected.get("prompt").asText());
    Track track = Track.of(JUDGE.facts(clip(name)).stream().map(f -> f.seen(spec.first())).toList());
    Map.of("dx", track.dx(), "dy", track.dy(), "growth", track.growth(), "turn", track.turn(), "path", track.path(),
        "subject_consistency", track.consistency()).forEach((what, value) ->
            assertThat(value).as(what).isCloseTo(expected.get("track").get(what).asDouble(), within(2e-4)));
  }

  @ParameterizedTest
  @MethodSource("clips")
  void judgesAClipAsTheTrainingsJudgeDoesByItsOwnPromptAndByOthers(String name) throws IOException {
    Clip clip = clip(name);
    List<FrameFacts> facts = JUDGE.facts(clip);
    JsonNode against = EXPECTED.get("cases").get(name).get("against");
    assertThat(against.size()).isGreaterThan(6);
    against.fields().forEachRemaining(entry -> assertSame(
        Judge.judge(clip, facts, new PromptReader().read(entry.getKey())), entry.getValue(), entry.getKey()));
  }

  private static void assertSame(Verdict verdict, JsonNode expected, String prompt) {
    for (Criterion criterion : Criterion.values()) {
      String name = criterion.name().toLowerCase(Locale.ROOT);
      assertThat(verdict.shares().get(criterion)).as("%s, %s", prompt, name).isEqualTo(expected.get(name).asDouble());
      assertThat(verdict.holds(criterion)).as("%s, %s", prompt, name)
          .isEqualTo(expected.get(name + "_clip").asDouble() == 1);
    }
    assertThat(verdict.motion()).as(prompt).isEqualTo(named(Motion.class, expected.get("motion_class")));
    assertThat(verdict.motionRight()).as(prompt).isEqualTo(expected.get("motion").asDouble() == 1);
    assertThat(verdict.dynamic()).as(prompt).isEqualTo(expected.get("dynamic_degree").asDouble() == 1);
    assertThat(verdict.success()).as(prompt).isEqualTo(expected.get("success").asDouble() == 1);
    assertThat(verdict.flickering()).as(prompt).isCloseTo(expected.get("flickering").asDouble(), within(2e-6));
    assertThat(verdict.consistency()).as(prompt)
        .isCloseTo(expected.get("subject_consistency").asDouble(), within(2e-4));
    assertThat(verdict.path()).as(prompt).isCloseTo(expected.get("path_px").asDouble(), within(2e-3));
  }

  @Test
  void readsEveryPromptOfTheTrainingAndSaysItTheSameWay() {
    EXPECTED.get("prompts").forEach(prompt ->
        assertThat(new PromptReader().read(prompt.asText()).prompt()).isEqualTo(prompt.asText()));
  }

  @Test
  void anEmptyClipShowsNothingAndStandsStill() {
    Clip black = new Clip(8, List.of(Picture.filled(SIDE, SIDE, 0), Picture.filled(SIDE, SIDE, 0),
        Picture.filled(SIDE, SIDE, 0)));
    Verdict verdict = JUDGE.judge(black, new PromptReader().read("a red star standing still on a black background"));
    assertThat(verdict.holds(Criterion.COLOR)).isFalse();
    assertThat(verdict.holds(Criterion.SCENE)).isTrue();
    assertThat(verdict.flickering()).isEqualTo(1);
    assertThat(verdict.consistency()).isZero();
    assertThat(verdict.success()).isFalse();
  }

  @Test
  void twoFramesAreTooFewToTellAMotion() {
    Clip pair = new Clip(8, List.of(Picture.filled(4, 4, 0), Picture.filled(4, 4, 0)));
    Spec spec = new PromptReader().read("a red star moving left in the sky");
    assertThatThrownBy(() -> JUDGE.judge(pair, spec)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a clip of 2 frames; judging needs at least 3");
  }

  private static <E extends Enum<E>> E named(Class<E> type, JsonNode name) {
    return Enum.valueOf(type, name.asText().toUpperCase(Locale.ROOT));
  }

  private static Clip clip(String name) throws IOException {
    try (InputStream in = JudgeTest.class.getResourceAsStream("/evaluate/" + name + ".png")) {
      BufferedImage strip = ImageIO.read(in);
      List<Picture> frames = new ArrayList<>();
      for (int top = 0; top < strip.getHeight(); top += SIDE) {
        frames.add(frame(strip, top));
      }
      return new Clip(8, frames);
    }
  }

  private static Picture frame(BufferedImage strip, int top) {
    byte[] rgb = new byte[3 * SIDE * SIDE];
    int[] pixels = strip.getRGB(0, top, SIDE, SIDE, null, 0, SIDE);
    for (int i = 0; i < pixels.length; i++) {
      rgb[3 * i] = (byte) (pixels[i] >> 16);
      rgb[3 * i + 1] = (byte) (pixels[i] >> 8);
      rgb[3 * i + 2] = (byte) pixels[i];
    }
    return new Picture(SIDE, SIDE, rgb);
  }

  private static JsonNode expected() {
    try (InputStream in = JudgeTest.class.getResourceAsStream("/evaluate/judge.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
