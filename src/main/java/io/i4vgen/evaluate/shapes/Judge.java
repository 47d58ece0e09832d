// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate.shapes;

import io.i4vgen.media.Clip;
import io.i4vgen.media.Picture;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares clips of the shapes world with what they should show. Places and areas are pixels of 128 x 128 frames: judge
 * clips of that size. A judge may be used by several threads.
 */
public final class Judge {

  private static final int LEAST_FRAMES = 3;

  private final FrameReader reader = new FrameReader();

  /** @throws IllegalArgumentException if the clip has fewer than three frames: too few to tell a motion */
  public Verdict judge(Clip clip, Spec spec) {
    if (clip.frames().size() < LEAST_FRAMES) {
      throw new IllegalArgumentException(
          "a clip of " + clip.frames().size() + " frames; judging needs at least " + LEAST_FRAMES);
    }
    return judge(clip, facts(clip), spec);
  }

  static Verdict judge(Clip clip, List<FrameFacts> facts, Spec spec) {
    Track track = Track.of(facts.stream().map(frame -> frame.seen(spec.first())).toList());
    return new Verdict(shares(facts, spec), track.motion(), track.motion() == spec.motion(), track.dynamic(),
        track.consistency(), flickering(clip.frames()), track.path());
  }

  /** What each frame shows. */
  List<FrameFacts> facts(Clip clip) {
    return clip.frames().stream().map(reader::read).toList();
  }

  private static Map<Criterion, Double> shares(List<FrameFacts> facts, Spec spec) {
    List<Set<Criterion>> fulfilled = facts.stream().map(frame -> frame.fulfilled(spec)).toList();
    Map<Criterion, Double> shares = new EnumMap<>(Criterion.class);
    for (Criterion criterion : Criterion.values()) {
      long frames = fulfilled.stream().filter(all -> all.contains(criterion)).count();
      shares.put(criterion, (double) frames / facts.size());
    }
    return shares;
  }

  /**
   * VBench's temporal flickering: {@code 1 - mean |I(t) - I(t+1)| / 255} over all pairs, pixels and channels.
   *
   * @param frames two or more
   */
  public static double flickering(List<Picture> frames) {
    long sum = 0;
    for (int i = 1; i < frames.size(); i++) {
      byte[] before = frames.get(i - 1).rgb();
      byte[] now = frames.get(i).rgb();
      for (int k = 0; k < now.length; k++) {
        sum += Math.abs((now[k] & 0xFF) - (before[k] & 0xFF));
      }
    }
    return 1 - sum / (255.0 * frames.get(0).rgb().length * (frames.size() - 1));
  }
}
