// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server of files that is laid out like a hub and can behave as badly as networks do. */
public final class FakeHub implements AutoCloseable {

  /** How the next answer is spoilt. */
  public record Fault(int status, Map<String, String> headers, long cutAfter, boolean stall) {

    public static Fault status(int status) {
      return new Fault(status, Map.of(), Long.MAX_VALUE, false);
    }

    public static Fault redirect(String location, Map<String, String> headers) {
      Map<String, String> all = new ConcurrentHashMap<>(headers);
      all.put("Location", location);
      return new Fault(302, all, Long.MAX_VALUE, false);
    }

    public static Fault cut(long bytes) {
      return new Fault(200, Map.of(), bytes, false);
    }

    /** The file, called something else. */
    public static Fault header(String name, String value) {
      return new Fault(200, Map.of(name, value), Long.MAX_VALUE, false);
    }

    public static Fault stall(long bytes) {
      return new Fault(200, Map.of(), bytes, true);
    }

    static final Fault NONE = new Fault(200, Map.of(), Long.MAX_VALUE, false);
  }

  /** A request as it came. */
  public record Request(String path, Optional<String> range, Optional<String> ifRange, Optional<String> token,
      Optional<String> encoding) {}

  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-");

  public final Map<String, byte[]> files = new ConcurrentHashMap<>();
  public final Map<String, String> etags = new ConcurrentHashMap<>();
  public final Deque<Fault> faults = new ArrayDeque<>();
  public final List<Request> requests = new CopyOnWriteArrayList<>();
  public volatile boolean ranges = true;
  public volatile boolean ifRange = true;
  public volatile boolean totals = true;
  public volatile boolean lengths = true;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  public FakeHub() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/mirror");
  }

  /** Puts a file where a hub has it. */
  public void put(String repo, String path, byte[] bytes) {
    files.put("/mirror/" + repo + "/resolve/main/" + path, bytes);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      Optional<String> range = header(exchange, "Range");
      requests.add(new Request(path, range, header(exchange, "If-Range"), header(exchange, "Authorization"),
          header(exchange, "Accept-Encoding")));
      Fault fault;
      synchronized (faults) {
        fault = faults.isEmpty() ? Fault.NONE : faults.pop();
      }
      byte[] bytes = files.get(path);
      fault.headers().forEach(exchange.getResponseHeaders()::set);
      if (fault.status() != 200 || bytes == null) {
        exchange.sendResponseHeaders(fault.status() != 200 ? fault.status() : 404, -1);
        return;
      }
      String etag = etags.getOrDefault(path, "\"" + Arrays.hashCode(bytes) + "\"");
      exchange.getResponseHeaders().set("ETag", etag);
      send(exchange, bytes, start(exchange, range, etag), fault);
    } catch (IOException e) {
      // the client went away, as some tests want it to
      exchange.close();
    }
  }

  private long start(HttpExchange exchange, Optional<String> range, String etag) {
    boolean whole = !ranges || ifRange && header(exchange, "If-Range").map(tag -> !tag.equals(etag)).orElse(false);
    Matcher from = RANGE.matcher(range.orElse(""));
    return whole || !from.matches() ? -1 : Long.parseLong(from.group(1));
  }

  private void send(HttpExchange exchange, byte[] bytes, long start, Fault fault) throws IOException {
    if (start >= bytes.length) {
      exchange.getResponseHeaders().set("Content-Range", "bytes */" + bytes.length);
      exchange.sendResponseHeaders(416, -1);
      return;
    }
    int from = (int) Math.max(0, start);
    if (start >= 0) {
      exchange.getResponseHeaders().set("Content-Range",
          "bytes %d-%d/%s".formatted(start, bytes.length - 1, totals ? Integer.toString(bytes.length) : "*"));
    }
    exchange.sendResponseHeaders(start >= 0 ? 206 : 200, lengths ? bytes.length - from : 0);
    int count = (int) Math.min(bytes.length - from, fault.cutAfter());
    OutputStream body = exchange.getResponseBody();
    body.write(bytes, from, count);
    body.flush();
    if (fault.stall()) {
      try {
        Thread.sleep(20_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Optional<String> header(HttpExchange exchange, String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  @Override
  public void close() {
    threads.shutdownNow();
    server.stop(0);
  }
}
