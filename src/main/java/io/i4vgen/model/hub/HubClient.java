// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A hub of models, or a server that is laid out like one. It follows redirects itself: the token goes to the hub and to
 * nobody else, and what the hub says of a file is kept while another server sends its bytes.
 */
public final class HubClient {

  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final int MOST_REDIRECTS = 10;

  private final URI base;
  private final Optional<String> token;
  private final Duration patience;
  private final HttpClient client;

  /**
   * A client.
   *
   * @param base the address that repositories' names are put behind
   * @param token what the hub knows the user by; empty for anonymous
   * @param patience how long an answer may take to begin
   */
  public HubClient(URI base, Optional<String> token, Duration patience) {
    this.base = base;
    this.token = token.map(String::strip).filter(text -> !text.isEmpty());
    this.patience = patience;
    this.client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).connectTimeout(patience).build();
  }

  URI base() {
    return base;
  }

  boolean hasToken() {
    return token.isPresent();
  }

  /**
   * Asks for a file.
   *
   * @param headers such as {@code Range}
   * @throws IOException if the connection fails
   * @throws HubException if it is redirected in circles, or to where nobody could tell who answers
   */
  Answer get(URI url, Map<String, String> headers) throws IOException {
    URI next = url;
    Answer.Linked linked = Answer.Linked.NOTHING;
    for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
      HttpResponse<InputStream> response = send(next, headers);
      linked = linked.or(response.headers());
      if (!REDIRECTS.contains(response.statusCode())) {
        return new Answer(response, linked, isHub(next));
      }
      response.body().close();
      next = redirected(next, response);
    }
    throw new HubException(url + ": was redirected more than " + MOST_REDIRECTS + " times");
  }

  private static URI redirected(URI from, HttpResponse<?> response) {
    String location = response.headers().firstValue("Location")
        .orElseThrow(() -> new HubException(from + ": redirects to nowhere (status " + response.statusCode() + ")"));
    URI next = address(from, location);
    if (!"https".equals(next.getScheme()) && !("http".equals(next.getScheme()) && "http".equals(from.getScheme()))) {
      throw new HubException(from + ": redirects to " + next + ", expected an address that begins with https");
    }
    return next;
  }

  private static URI address(URI from, String location) {
    try {
      return from.resolve(new URI(location));
    } catch (URISyntaxException e) {
      throw new HubException(from + ": redirects to what is no address: " + location, e);
    }
  }

  private HttpResponse<InputStream> send(URI url, Map<String, String> headers) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(url).timeout(patience).header("User-Agent", "i4vgen")
        .header("Accept-Encoding", Answer.IDENTITY);
    headers.forEach(request::header);
    if (isHub(url)) {
      token.ifPresent(text -> request.header("Authorization", "Bearer " + text));
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HubException(url + ": interrupted", e);
    } catch (IOException e) {
      throw Unreachable.or(e, url);
    }
  }

  /** Whether it is the very server that the token is for. */
  private boolean isHub(URI url) {
    return base.getScheme().equalsIgnoreCase(url.getScheme()) && base.getHost().equalsIgnoreCase(url.getHost())
        && base.getPort() == url.getPort();
  }
}
