// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.cli;

import io.i4vgen.model.hub.PullListener;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * Lines for each file that is fetched: from where, how far, how fast. A terminal sees one line grow; elsewhere there is
 * a line for every tenth.
 */
final class PullProgress implements PullListener {

  private static final String CLEAR = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean terminal;
  private long start;
  private long before;
  private long tenths;

  PullProgress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void present(Path file) {
    line("  %s is there".formatted(file.getFileName()));
  }

  @Override
  public void started(Path file, URI from, long done, long total) {
    start = System.nanoTime();
    before = done;
    tenths = total > 0 ? 10 * done / total : 0;
    line("  %s from %s%s".formatted(file.getFileName(), from,
        done == 0 ? "" : ", going on after " + Bytes.text(done)));
  }

  @Override
  public void advanced(Path file, long done, long total) {
    double seconds = Math.max(1e-3, (System.nanoTime() - start) / 1e9);
    double speed = (done - before) / seconds;
    String text = "  %s: %s%s, %s/s%s".formatted(file.getFileName(), Bytes.text(done),
        total < 0 ? "" : " of %s (%d %%)".formatted(Bytes.text(total), 100 * done / total),
        Bytes.text((long) speed), total < 0 ? "" : ", " + time((total - done) / Math.max(1, speed)) + " to go");
    if (terminal) {
      out.print(CLEAR + text);
      out.flush();
    } else if (total > 0 && 10 * done / total > tenths) {
      tenths = 10 * done / total;
      line(text);
    }
  }

  private static String time(double seconds) {
    return String.format(Locale.ROOT, "%d:%02d", (long) seconds / 60, (long) seconds % 60);
  }

  @Override
  public void retrying(Path file, String why, Duration wait) {
    line("  %s: %s; trying again in %d s".formatted(file.getFileName(), why, wait.toSeconds()));
  }

  @Override
  public void restarted(Path file, String why) {
    line("  %s: from the beginning: %s".formatted(file.getFileName(), why));
  }

  @Override
  public void checking(Path file) {
    if (terminal) {
      out.print(CLEAR + "  %s: comparing its checksum".formatted(file.getFileName()));
      out.flush();
    }
  }

  @Override
  public void finished(Path file, long bytes) {
    line("  %s: %s".formatted(file, Bytes.text(bytes)));
  }

  private void line(String text) {
    out.println((terminal ? CLEAR : "") + text);
    out.flush();
  }
}
