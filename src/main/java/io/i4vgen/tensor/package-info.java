// SPDX-License-Identifier: Apache-2.0
/** The ground floor: who owns native memory. */
package io.i4vgen.tensor;
