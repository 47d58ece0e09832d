// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

/**
 * What a video file says of its stream and of itself, in FFmpeg's names.
 *
 * @param codec such as {@code h264}
 * @param pixelFormat such as {@code yuv420p}
 * @param matrix between RGB and YUV, such as {@code smpte170m} (BT.601)
 * @param range {@code tv} (limited) or {@code pc} (full)
 * @param width in pixels
 * @param height in pixels
 * @param fps frames a second
 */
public record VideoInfo(
    String codec, String pixelFormat, String matrix, String range, int width, int height, double fps, Tags tags) {}
