// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

/**
 * What the cache of networks has done so far.
 *
 * @param hits leases of what was loaded, or being loaded, already
 * @param loads networks loaded
 * @param evictions networks dropped for lack of room
 * @param leases leases not given back yet
 * @param bytes native memory of all loaded networks, those dropped but still leased included
 */
public record Counts(long hits, long loads, long evictions, long leases, long bytes) {}
