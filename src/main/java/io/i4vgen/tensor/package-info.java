// SPDX-License-Identifier: Apache-2.0
/** The ground floor, for all rooms: who owns native memory; checksums; folders; the names that people meant. */
package io.i4vgen.tensor;
