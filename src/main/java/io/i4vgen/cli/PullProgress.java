// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.model.Bytes;
import io.i4vgen.model.hub.PullListener;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * Lines for each file that is fetched: from where, how far, how fast. A terminal sees one line grow; elsewhere there is
 * a line for every tenth.
 */
final class PullProgress implements PullListener {

  /** What takes noticeable time to read. */
  private static final long LONG = 100_000_000;

  private final StatusLine out;
  private long start;
  private long before;
  private long tenths;
  private int unsure;

  PullProgress(StatusLine out) {
    this.out = out;
  }

  @Override
  public void present(Path file, boolean sure) {
    unsure += sure ? 0 : 1;
    out.finish("  %s is there%s".formatted(file.getFileName(), sure ? ""
        : "; nobody has said how long it must be: if in doubt, delete " + file + ", and it is fetched"));
  }

  /** How many of the files that are there may have been cut off, for all that is known. */
  int unsure() {
    return unsure;
  }

  @Override
  public void comparing(Path file, long bytes) {
    String text = "  %s: comparing the checksum of %s, once".formatted(file.getFileName(), Bytes.text(bytes));
    if (out.terminal()) {
      out.redraw(text);
    } else if (bytes >= LONG) {
      out.finish(text);
    }
  }

  @Override
  public void damaged(Path file, String what) {
    out.finish("  %s: it is fetched again".formatted(what));
  }

  @Override
  public void started(Path file, URI from, long done, long total) {
    start = System.nanoTime();
    before = done;
    tenths = total > 0 ? 10 * done / total : 0;
    out.finish("  %s from %s%s".formatted(file.getFileName(), from,
        done == 0 ? "" : ", going on after " + Bytes.text(done)));
  }

  @Override
  public void advanced(Path file, long done, long total) {
    double seconds = Math.max(1e-3, (System.nanoTime() - start) / 1e9);
    double speed = (done - before) / seconds;
    String text = "  %s: %s%s, %s/s%s".formatted(file.getFileName(), Bytes.text(done),
        total < 0 ? "" : " of %s (%d %%)".formatted(Bytes.text(total), 100 * done / total),
        Bytes.text((long) speed), total < 0 ? "" : ", " + time((total - done) / Math.max(1, speed)) + " to go");
    if (out.terminal()) {
      out.redraw(text);
    } else if (total > 0 && 10 * done / total > tenths) {
      tenths = 10 * done / total;
      out.finish(text);
    }
  }

  private static String time(double seconds) {
    return String.format(Locale.ROOT, "%d:%02d", (long) seconds / 60, (long) seconds % 60);
  }

  @Override
  public void retrying(Path file, String why, Duration wait) {
    out.finish("  %s: %s; trying again in %d s".formatted(file.getFileName(), why, wait.toSeconds()));
  }

  @Override
  public void restarted(Path file, String why) {
    out.finish("  %s: from the beginning: %s".formatted(file.getFileName(), why));
  }

  @Override
  public void checking(Path file) {
    out.redraw("  %s: comparing its checksum".formatted(file.getFileName()));
  }

  @Override
  public void unverified(Path file, String why) {
    out.finish("  %s: not verified: %s".formatted(file.getFileName(), why));
  }

  @Override
  public void finished(Path file, long bytes) {
    out.finish("  %s: %s".formatted(file, Bytes.text(bytes)));
  }
}
