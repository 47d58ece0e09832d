// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;

/** No connection to a server could be made: there is no network, no such server, or a proxy between. */
final class Unreachable extends IOException {

  private static final long serialVersionUID = 1;

  /** What can be done, for somebody who has waited in vain. */
  static final String REMEDY = "is there a network? a proxy is set by I4VGEN_OPTS (docs/packs.md), a mirror by"
      + " i4vgen.hub, and ./i4vgen models import takes files over that came another way";

  private Unreachable(URI url, IOException cause) {
    super("can't reach " + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort()), cause);
  }

  /** {@code failure} in words, if it is one of a connection that was never made; else itself. */
  static IOException or(IOException failure, URI url) {
    return failure instanceof ConnectException || failure instanceof HttpConnectTimeoutException
        || failure instanceof UnknownHostException || failure instanceof NoRouteToHostException
        ? new Unreachable(url, failure) : failure;
  }
}
