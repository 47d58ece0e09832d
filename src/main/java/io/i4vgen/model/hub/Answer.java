// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server says to a request for a file, or for the rest of one.
 *
 * @param response with the body still to be read
 * @param linked what the hub said of the file before it sent us elsewhere
 * @param byHub whether the hub itself answers
 */
record Answer(HttpResponse<InputStream> response, Linked linked, boolean byHub) implements AutoCloseable {

  /** The content encoding of bytes as they are. */
  static final String IDENTITY = "identity";

  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (?:(\\d{1,18})-\\d{1,18}|\\*)/(\\d{1,18}|\\*)");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /**
   * The hub's word on a large file, whoever sends it: {@code X-Linked-ETag} and {@code X-Linked-Size}.
   *
   * @param etag without its quotes; the SHA-256 of large files
   */
  record Linked(Optional<String> etag, OptionalLong size) {

    static final Linked NOTHING = new Linked(Optional.empty(), OptionalLong.empty());

    Linked or(HttpHeaders headers) {
      return new Linked(etag.or(() -> headers.firstValue("X-Linked-ETag").map(Answer::bare)),
          size.isPresent() ? size : number(headers.firstValue("X-Linked-Size").orElse("")));
    }
  }

  int status() {
    return response.statusCode();
  }

  InputStream body() {
    return response.body();
  }

  /** A tag that changes with the file's bytes; none if it may stay the same for other bytes (a weak one). */
  Optional<String> etag() {
    return header("ETag").filter(tag -> !tag.startsWith("W/"));
  }

  /** The file's checksum, if the hub says one; other servers' tags may look the same and be something else. */
  Optional<String> sha256() {
    return linked.etag().or(() -> header("ETag").filter(tag -> byHub).map(Answer::bare))
        .filter(tag -> SHA256.matcher(tag).matches());
  }

  /** Where in the file the body begins. */
  long start() {
    Matcher range = CONTENT_RANGE.matcher(header("Content-Range").orElse(""));
    return range.matches() && range.group(1) != null ? Long.parseLong(range.group(1)) : 0;
  }

  /** The size of the whole file. */
  OptionalLong total() {
    Matcher range = CONTENT_RANGE.matcher(header("Content-Range").orElse(""));
    if (range.matches()) {
      return number(range.group(2));
    }
    OptionalLong length = status() == 200 ? number(header("Content-Length").orElse("")) : OptionalLong.empty();
    return length.isPresent() ? length : linked.size();
  }

  /** How the body is packed, in lower case. */
  String encoding() {
    String encoding = header("Content-Encoding").orElse("").strip().toLowerCase(Locale.ROOT);
    return encoding.isEmpty() ? IDENTITY : encoding;
  }

  /** Whether it is a page for people, such as one to log in. */
  boolean isPage() {
    return header("Content-Type").orElse("").strip().toLowerCase(Locale.ROOT).startsWith("text/html");
  }

  /** The server that answers, without the path, which may hold secrets. */
  String sender() {
    return response.uri().getScheme() + "://" + response.uri().getAuthority();
  }

  /** How many seconds the server asks to wait. */
  OptionalLong retryAfter() {
    return number(header("Retry-After").orElse(""));
  }

  private Optional<String> header(String name) {
    return response.headers().firstValue(name);
  }

  private static String bare(String tag) {
    return tag.replaceAll("^(W/)?\"|\"$", "");
  }

  private static OptionalLong number(String text) {
    return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
  }

  @Override
  public void close() throws IOException {
    response.body().close();
  }
}
