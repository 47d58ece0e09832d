// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

/**
 * How a route begins.
 *
 * @param id empty if it has none
 * @param idLine where that stands in the file, from 1
 * @param uri what it takes its messages from
 * @param uriLine where that stands
 */
record RouteHead(String id, int idLine, String uri, int uriLine) {}
