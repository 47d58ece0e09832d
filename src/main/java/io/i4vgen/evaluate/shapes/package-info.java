// SPDX-License-Identifier: Apache-2.0
/**
 * The demo pack's world and its judge: what a prompt of that world says, and whether a clip shows it. Colours, shapes,
 * places and tracks are measured in the pixels; nothing here has learned anything.
 */
package io.i4vgen.evaluate.shapes;
