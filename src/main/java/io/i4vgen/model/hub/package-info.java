// SPDX-License-Identifier: Apache-2.0
/** How the files of published packs come here, by HTTP from a hub or from where somebody has them, and are checked. */
package io.i4vgen.model.hub;
