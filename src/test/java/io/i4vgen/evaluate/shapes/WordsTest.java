// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WordsTest {

  private final PromptReader reader = new PromptReader();

  @Test
  void aDrawnSpecSaysEverythingThatIsJudged() {
    new Specs(5).draw(500).forEach(spec -> assertThat(reader.read(spec.prompt())).isEqualTo(spec));
  }

  @Test
  void theSameSeedDrawsTheSameSpecsAndMoreBeginWithFewer() {
    assertThat(new Specs(3).draw(40).subList(0, 10)).isEqualTo(new Specs(3).draw(10));
    assertThat(new Specs(4).draw(10)).isNotEqualTo(new Specs(3).draw(10));
  }

  @Test
  void noSpecIsDrawnTwiceAndHalfOfThemHaveTwoThings() {
    List<Spec> specs = new Specs(6).draw(300);
    assertThat(new HashSet<>(specs)).hasSize(300);
    assertThat(specs.stream().filter(Spec::hasTwo)).hasSize(150);
    assertThat(specs).extracting(Spec::motion).contains(Motion.values());
    assertThat(specs).extracting(Spec::scene).contains(Scene.values());
  }

  @Test
  void whatCannotBeSeenToSpinDoesNotSpin() {
    assertThat(new Specs(7).draw(600)).filteredOn(spec -> spec.motion() == Motion.SPIN).isNotEmpty()
        .allSatisfy(spec -> assertThat(spec.things()).allMatch(thing -> thing.figure().canSpin()));
  }

  @Test
  void otherWordingsAreUnderstoodToo() {
    assertThat(reader.read("A video of a tiny violet plus sign going to the left, in front of a checkerboard").prompt())
        .isEqualTo("a purple cross moving left on a checkerboard");
    assertThat(reader.read("under the stars at night, a big orange ball is bouncing up and down").prompt())
        .isEqualTo("an orange circle bouncing at night");
    assertThat(reader.read("a red box on top of a small green donut, both falling on black").prompt())
        .isEqualTo("a red square above a green ring, both moving down, on a black background");
  }

  @Test
  void aPromptThatThisWorldDoesNotKnowIsRefusedWithTheReason() {
    assertThatThrownBy(() -> reader.read("a dog")).hasMessageContaining("'a dog' names 0 coloured shapes");
    assertThatThrownBy(() -> reader.read("a red star in the sky")).hasMessageContaining("has no motion");
    assertThatThrownBy(() -> reader.read("a red star spinning")).hasMessageContaining("has no scene")
        .hasMessageContaining("on the beach");
    assertThatThrownBy(() -> reader.read("a red star slowly spinning at night"))
        .hasMessageContaining("'slowly' is unknown here");
    assertThatThrownBy(() -> reader.read("a red star left of a red ring, both spinning, at night"))
        .hasMessageContaining("two things that are red");
  }

  @Test
  void aSpecOfTwoNeedsARelationAndOneOfOneHasNone() {
    Thing star = new Thing(Paint.RED, Figure.STAR);
    assertThatThrownBy(() -> new Spec(List.of(star), Optional.of(Relation.LEFT), Scene.SKY, Motion.UP))
        .hasMessageContaining("two things need one, one has none");
    assertThatThrownBy(() -> new Spec(List.of(), Optional.empty(), Scene.SKY, Motion.UP))
        .hasMessage("0 things; must be 1 or 2");
  }
}
