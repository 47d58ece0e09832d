// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** STOMP 1.2 over a bare socket: what a client in any language can do without a library. */
final class StompClient implements AutoCloseable {

  private final Socket socket;

  StompClient(int port) throws IOException {
    socket = new Socket("127.0.0.1", port);
    socket.setSoTimeout(120_000);
    send("CONNECT\naccept-version:1.2\nhost:localhost\n\n");
    if (!receive().startsWith("CONNECTED")) {
      throw new IOException("no STOMP broker");
    }
  }

  /** Sends a frame without its closing zero. */
  void send(String frame) throws IOException {
    socket.getOutputStream().write((frame + "\0").getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
  }

  void subscribe(String queue) throws IOException {
    send("SUBSCRIBE\nid:1\ndestination:" + queue + "\nack:auto\n\n");
  }

  /** The next frame, if it comes within {@code limit}. */
  String receive(Duration limit) throws IOException {
    socket.setSoTimeout(Math.toIntExact(limit.toMillis()));
    return receive();
  }

  /** The next frame, with its headers. */
  String receive() throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    InputStream in = socket.getInputStream();
    for (int one = in.read(); one != 0; one = in.read()) {
      if (one < 0) {
        throw new EOFException("closed after: " + frame);
      }
      if (one != '\n' || frame.size() > 0) {
        frame.write(one);
      }
    }
    return frame.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
