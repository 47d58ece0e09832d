// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import io.i4vgen.model.PackFile;
import io.i4vgen.model.PackFiles;
import io.i4vgen.weights.BadWeights;
import io.i4vgen.weights.WeightsFile;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** What a file that is being fetched must be: as the pack says, and as those say who send it. */
final class Expectation {

  private final PackFile file;
  private final Path target;
  private final URI url;
  private final PullListener listener;
  private Optional<String> sha256;
  private OptionalLong bytes;

  Expectation(PackFile file, Path target, URI url, PullListener listener) {
    this.file = file;
    this.target = target;
    this.url = url;
    this.listener = listener;
    this.sha256 = Optional.of(file.sha256()).filter(text -> !text.isEmpty());
    this.bytes = file.hasSize() ? OptionalLong.of(file.bytes()) : OptionalLong.empty();
  }

  /**
   * Compares what is announced, before gigabytes come in vain, and learns from it what the pack doesn't know.
   *
   * @param total how many bytes the whole file has; -1 if that is not said
   * @throws HubException if it is not the file
   */
  void announced(Answer answer, long total) {
    requirePlain(answer);
    requirePublished(answer, total);
    requireTotal(total);
    learn(answer, total);
  }

  /** Takes over what was not known; what is said last counts, for the file may have changed. */
  void learn(Answer answer, long total) {
    sha256 = sha256.or(answer::sha256);
    if (!file.hasSize() && total >= 0) {
      bytes = OptionalLong.of(total);
    }
  }

  /** Not packed, and no page of a portal that wants somebody to log in. */
  private void requirePlain(Answer answer) {
    String encoding = answer.encoding();
    if (!encoding.equals(Answer.IDENTITY)) {
      throw new HubException(("%s: %s sends it packed (Content-Encoding %s), though asked for it as it is; set"
          + " i4vgen.hub to another server, or fetch it with another program and take it over with ./i4vgen models"
          + " import").formatted(url, answer.sender(), encoding));
    }
    if (answer.isPage() && !file.path().matches(".*\\.html?")) {
      throw new HubException(("%s: %s sends a web page (text/html) and not the file: is this a network that wants you"
          + " to log in, or is i4vgen.hub no hub?").formatted(url, answer.sender()));
    }
  }

  private void requirePublished(Answer answer, long total) {
    OptionalLong published = answer.linked().size();
    if (total >= 0 && published.isPresent() && published.getAsLong() != total) {
      throw new HubException("%s: has %d bytes there, but %s sends %d".formatted(url, published.getAsLong(),
          answer.sender(), total));
    }
    if (sha256.isPresent() && answer.sha256().isPresent() && !answer.sha256().equals(sha256)) {
      throw new HubException("%s: has sha256 %s there, expected %s: it has changed".formatted(
          url, answer.sha256().get(), sha256.get()));
    }
  }

  private void requireTotal(long total) {
    if (file.hasSize() && total >= 0 && total != file.bytes()) {
      throw new HubException("%s: has %d bytes there, but plugin.yaml says %d: one of them has changed".formatted(
          url, total, file.bytes()));
    }
  }

  /**
   * Compares what has come.
   *
   * @throws HubException if it is not the file; it is thrown away then
   */
  void check(PartFile part) {
    if (bytes.isPresent() && part.size() != bytes.getAsLong()) {
      throw thrownAway(part, "%s: %d bytes have come from %s, expected %d; they are thrown away".formatted(target,
          part.size(), url, bytes.getAsLong()));
    }
    if (sha256.isPresent()) {
      listener.checking(target);
      String found = PackFiles.sha256(part.path());
      if (!found.equals(sha256.get())) {
        throw thrownAway(part, "%s: what has come from %s has sha256 %s, expected %s; it is thrown away".formatted(
            target, url, found, sha256.get()));
      }
    } else if (!file.hasSize()) {
      look(part);
    }
  }

  /** What is known of the file, now that it is there. */
  Ledger.Known known() {
    return sha256.map(text -> Ledger.compared(target, text))
        .orElseGet(() -> new Ledger.Known(bytes.orElse(PackFile.UNKNOWN), "", Ledger.Known.NEVER));
  }

  /** Where nothing else tells whether it is whole, a file of weights does. */
  private void look(PartFile part) {
    Optional<String> unsound = isWeights() ? unsound(part.path()) : Optional.empty();
    if (unsound.isPresent() && bytes.isEmpty()) {
      throw thrownAway(part, ("%s: what has come from %s, which does not say how long the file is, is no whole file of"
          + " weights (%s); it is thrown away").formatted(target, url, unsound.get()));
    }
    unsound.ifPresent(why -> listener.unverified(target, "it is there as " + url + " has it, but can't be read: "
        + why));
    if (bytes.isEmpty()) {
      listener.unverified(target, "neither its size nor its checksum is known, so it may have been cut off"
          + (isWeights() ? ", though it is a sound file of weights" : ""));
    }
  }

  private boolean isWeights() {
    return file.holds().isPresent() || file.path().matches(".*\\.(safetensors|ckpt|pt|pth|bin)");
  }

  private static Optional<String> unsound(Path path) {
    try (WeightsFile weights = WeightsFile.open(path)) {
      return weights.tensors().isEmpty() ? Optional.of(path + ": has no tensors") : Optional.empty();
    } catch (BadWeights | UncheckedIOException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static HubException thrownAway(PartFile part, String message) {
    part.discard();
    return new HubException(message);
  }
}
