// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import io.i4vgen.model.HubFile;
import io.i4vgen.model.PackFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Fetches one file. What an earlier attempt has left is gone on with, if the server can and the file is still the same;
 * sizes and checksums are compared, and the file appears only when it is whole and right.
 */
final class Download {

  private static final int BUFFER = 1 << 16;
  private static final int ADVANCE = 1 << 20;

  private final HubClient client;
  private final PackFile file;
  private final Path target;
  private final URI url;
  private final Patience patience;
  private final PullListener listener;
  private final Expectation expected;

  /** Trouble that may be over later. */
  private static final class Busy extends IOException {

    private static final long serialVersionUID = 1;
    private final Duration wait;

    Busy(String message, OptionalLong seconds) {
      super(message);
      this.wait = Duration.ofSeconds(Math.min(120, seconds.orElse(0)));
    }
  }

  Download(HubClient client, PackFile file, Path target, Patience patience, PullListener listener) {
    this.client = client;
    this.file = file;
    this.target = target;
    HubFile source = file.hub().orElseThrow();
    this.url = source.url(client.base());
    this.patience = patience;
    this.listener = listener;
    this.expected = new Expectation(file, target, url, listener);
  }

  /**
   * Fetches it.
   *
   * @param guard what everyone locks who fetches it
   * @return what is known of it now
   * @throws HubException if it can't be had: file, address, reason; what has come so far is kept
   */
  Ledger.Known run(Path guard) {
    try (PartFile part = PartFile.open(target, guard)) {
      fetchAll(part);
      expected.check(part);
      long bytes = part.size();
      part.finish();
      listener.finished(target, bytes);
      return expected.known();
    }
  }

  private void fetchAll(PartFile part) {
    int failed = 0;
    long most = part.size(); // of a server that always begins anew, less is no progress
    for (boolean done = false; !done;) {
      try {
        fetch(part);
        done = true;
      } catch (IOException e) {
        failed = part.size() > most ? 0 : failed + 1;
        most = Math.max(most, part.size());
        if (failed >= patience.attempts()) {
          throw givenUp(part.size(), failed, e);
        }
        pause(e, Math.max(1, failed));
      }
    }
  }

  private HubException givenUp(long kept, int attempts, IOException last) {
    return new HubException("%s: can't be fetched from %s: %s; given up after %d attempts in a row%s%s".formatted(
        target, url, reason(last), attempts, kept == 0 ? "" : ", the %d bytes that have come are kept: run the same"
        .formatted(kept) + " command again", last instanceof Unreachable ? "; " + Unreachable.REMEDY : ""), last);
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private void pause(IOException e, int failed) {
    Duration wait = patience.before(failed);
    if (e instanceof Busy busy && busy.wait.compareTo(wait) > 0) {
      wait = busy.wait;
    }
    listener.retrying(target, reason(e), wait);
    try {
      TimeUnit.MILLISECONDS.sleep(wait.toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new HubException(target + ": interrupted", interrupted);
    }
  }

  private void fetch(PartFile part) throws IOException {
    Optional<PartFile.Origin> origin = part.origin();
    try (Answer answer = client.get(url, origin.map(known -> rest(part, known)).orElse(Map.of()))) {
      switch (answer.status()) {
        case 200 -> {
          origin.ifPresent(known -> listener.restarted(target, known.agrees(PartFile.Origin.of(answer))
              ? "the server sends whole files only" : "the file has changed"));
          receive(part, answer, true, -1);
        }
        case 206 -> goOn(part, answer, origin);
        case 416 -> atEnd(part, answer, origin);
        default -> refused(answer);
      }
    }
  }

  private static Map<String, String> rest(PartFile part, PartFile.Origin origin) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Range", "bytes=" + part.size() + "-");
    if (!origin.etag().isEmpty()) {
      headers.put("If-Range", origin.etag());
    }
    return headers;
  }

  private void goOn(PartFile part, Answer answer, Optional<PartFile.Origin> origin) throws IOException {
    boolean same = origin.isPresent() && origin.get().agrees(PartFile.Origin.of(answer));
    if (same && answer.start() == part.size()) {
      receive(part, answer, false, origin.get().bytes());
    } else if (origin.isPresent()) {
      again(part, same ? "the server sends another part than was asked for" : "the file has changed");
    } else {
      throw new HubException(url + ": sends a part of a file that was asked for as a whole");
    }
  }

  /** The server has no more: all is there, or too much. */
  private void atEnd(PartFile part, Answer answer, Optional<PartFile.Origin> origin) throws IOException {
    if (origin.isEmpty()) {
      refused(answer);
    }
    boolean whole = origin.get().total().equals(Long.toString(part.size()));
    if (whole && answer.total().orElse(-1) == part.size()) {
      expected.learn(answer, part.size());
    } else {
      again(part, "the file has changed");
    }
  }

  /** Without a beginning to go on with, so that this can't go round in circles. */
  private void again(PartFile part, String why) throws IOException {
    listener.restarted(target, why);
    part.clear();
    fetch(part);
  }

  private void refused(Answer answer) throws IOException {
    int status = answer.status();
    if (status == 408 || status == 429 || status >= 500) {
      throw new Busy("the server answers with status " + status, answer.retryAfter());
    }
    if (!answer.byHub()) {
      // an address that holds for a while only; the hub gives a new one
      throw new Busy(answer.sender() + ", where the hub sends us, answers with status " + status, answer.retryAfter());
    }
    String page = client.base() + "/" + file.hub().orElseThrow().repo();
    throw new HubException(target + ": can't be fetched from " + url + ": " + switch (status) {
      case 401, 403 -> client.hasToken()
          ? "the token in HF_TOKEN does not open it (status %d): accept its licence at %s, or take another token"
              .formatted(status, page)
          : "it needs an account (status %d): accept its licence at %s and set HF_TOKEN to a token of yours"
              .formatted(status, page);
      case 404 -> "there is no such file (status 404): see what is in " + page;
      default -> "the server answers with status " + status;
    });
  }

  private void receive(PartFile part, Answer answer, boolean whole, long before) throws IOException {
    long total = answer.total().orElse(before);
    expected.announced(answer, total);
    if (whole) {
      part.restart(PartFile.Origin.of(answer));
    }
    requireSpace(total - part.size());
    listener.started(target, url, part.size(), total);
    copy(part, answer, total);
    if (total >= 0 && part.size() != total) {
      throw new IOException("the connection ended after %d of %d bytes".formatted(part.size(), total));
    }
  }

  private void copy(PartFile part, Answer answer, long total) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long told = part.size();
    try (StallGuard body = new StallGuard(answer.body(), patience.silence())) {
      for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
        part.write(buffer, count);
        if (part.size() - told >= ADVANCE) {
          told = part.size();
          listener.advanced(target, told, total);
        }
      }
    }
  }

  private void requireSpace(long bytes) throws IOException {
    long free = Files.getFileStore(target.getParent()).getUsableSpace();
    if (bytes > free) {
      throw new HubException("%s: needs %d more bytes, its disk has %d left".formatted(target, bytes, free));
    }
  }
}
