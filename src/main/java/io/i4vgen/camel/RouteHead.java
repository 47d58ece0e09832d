// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import java.util.List;

/**
 * How a route begins, and what it says of itself.
 *
 * @param id empty if it has none
 * @param idLine where that stands in the file, from 1
 * @param uri what it takes its messages from
 * @param uriLine where that stands
 * @param description empty if it has none
 * @param kamelets the names of those that it calls, in the order of the file: {@code i4vgen-noise-action}
 */
record RouteHead(String id, int idLine, String uri, int uriLine, String description, List<String> kamelets) {}
