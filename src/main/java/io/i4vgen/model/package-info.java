// SPDX-License-Identifier: Apache-2.0
/**
 * Model packs: what a {@code plugin.yaml} describes, its tokenizers and image preparation, and the cache of loaded
 * networks, from which they are leased.
 */
package io.i4vgen.model;
