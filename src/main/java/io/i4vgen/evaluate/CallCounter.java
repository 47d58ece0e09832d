// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.evaluate;

import io.i4vgen.generation.Job;
import io.i4vgen.stage.Progress;

/** Counts the calls of the UNet on the thread that runs the stages. */
final class CallCounter implements Progress {

  private int images;
  private int videos;

  @Override
  public void predicted(Job job, boolean motion) {
    if (motion) {
      videos++;
    } else {
      images++;
    }
  }

  /** What has been called since the last time, and so many seconds. */
  Cost taken(double seconds) {
    Cost cost = new Cost(seconds, images, videos);
    images = 0;
    videos = 0;
    return cost;
  }
}
