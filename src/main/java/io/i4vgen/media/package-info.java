// SPDX-License-Identifier: Apache-2.0
/**
 * Videos and images as files: MP4, GIF and PNG, with the recipe they were made from inside, and contact sheets. Pixels
 * are plain {@code byte[]}: red, green, blue, 8 bits each, row after row from the top left (RGB24).
 */
package io.i4vgen.media;
