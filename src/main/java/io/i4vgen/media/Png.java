// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.media;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * PNG files (ISO/IEC 15948): 8 bits a channel, tagged as sRGB; the title and the recipe are texts ({@code iTXt}) with
 * the registered keywords Title and Comment.
 */
public final class Png {

  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final byte[] UNCOMPRESSED_ANY_LANGUAGE = new byte[5];
  private static final int FILTER_UP = 2;

  private Png() {}

  /**
   * Writes {@code picture} to {@code target}, which appears whole or not at all.
   *
   * @throws IOException naming {@code target}
   */
  public static void write(Picture picture, Path target, Tags tags) throws IOException {
    byte[] bytes = encoded(picture, tags);
    FreshFiles.write(target, temporary -> Files.write(temporary, bytes));
  }

  /**
   * Writes the frames as numbered files: {@code name-0001.png}, {@code name-0002.png} and so on for the target
   * {@code name.png}. All appear or none. Frames of a longer clip that was there before are deleted.
   *
   * @param existing what becomes of {@code name-0001.png}; the others are replaced
   * @return the files, in the order of the frames
   * @throws IOException naming the file that could not be written
   */
  static List<Path> writeFrames(Clip clip, Path target, Tags tags, Existing existing) throws IOException {
    String name = name(target);
    List<Path> files = new ArrayList<>();
    try (FreshFiles fresh = new FreshFiles(existing)) {
      for (Picture frame : clip.frames()) {
        Path file = numbered(target, name, files.size() + 1);
        byte[] bytes = encoded(frame, tags);
        fresh.add(file, temporary -> Files.write(temporary, bytes));
        files.add(file);
      }
      fresh.publish();
    }
    deleteLongerClip(target, name, files.size() + 1);
    return files;
  }

  /** The first of the files that {@link #writeFrames} writes for {@code target}. */
  static Path first(Path target) {
    return numbered(target, name(target), 1);
  }

  private static String name(Path target) {
    return target.getFileName().toString().replaceFirst("(?i)\\.png$", "");
  }

  private static Path numbered(Path target, String name, int number) {
    return target.resolveSibling(String.format(Locale.ROOT, "%s-%04d.png", name, number));
  }

  /** Deletes the last frames of an earlier clip that was longer; pictures without a recipe are somebody else's. */
  private static void deleteLongerClip(Path target, String name, int next) throws IOException {
    int number = next;
    for (Path file = numbered(target, name, number); hasRecipe(file); file = numbered(target, name, ++number)) {
      Files.delete(file);
    }
  }

  private static boolean hasRecipe(Path file) throws IOException {
    try {
      return Files.isRegularFile(file) && !readRecipe(file).isEmpty();
    } catch (EOFException e) {
      return false; // cut short or no PNG file: not one of ours, which are whole
    }
  }

  /** The recipe in a PNG file, or an empty string. */
  static String readRecipe(Path file) throws IOException {
    try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      in.skipNBytes(SIGNATURE.length);
      while (true) {
        int length = in.readInt();
        String type = new String(in.readNBytes(4), StandardCharsets.US_ASCII);
        if (length < 0) {
          throw new EOFException();
        }
        if (type.equals("IDAT") || type.equals("IEND")) {
          return "";
        }
        String text = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        in.readInt();
        if (type.equals("iTXt") && text.startsWith("Comment\0")) {
          return text.substring("Comment".length() + UNCOMPRESSED_ANY_LANGUAGE.length);
        }
      }
    }
  }

  private static byte[] encoded(Picture picture, Tags tags) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(SIGNATURE);
    writeChunk(out, "IHDR", header(picture));
    writeChunk(out, "sRGB", new byte[1]);
    writeText(out, "Title", tags.title());
    writeText(out, "Comment", tags.recipe());
    writeChunk(out, "IDAT", pixels(picture));
    writeChunk(out, "IEND", new byte[0]);
    return bytes.toByteArray();
  }

  private static byte[] header(Picture picture) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(picture.width());
    out.writeInt(picture.height());
    out.write(new byte[] {8, 2, 0, 0, 0}); // 8 bits, RGB, deflated, filtered, not interlaced
    return bytes.toByteArray();
  }

  private static void writeText(DataOutputStream out, String keyword, String text) throws IOException {
    if (!text.isEmpty()) {
      ByteArrayOutputStream data = new ByteArrayOutputStream();
      data.write(keyword.getBytes(StandardCharsets.US_ASCII));
      data.write(UNCOMPRESSED_ANY_LANGUAGE);
      data.write(text.getBytes(StandardCharsets.UTF_8));
      writeChunk(out, "iTXt", data.toByteArray());
    }
  }

  /** Every byte as the difference from the one above it, which suits flat areas. */
  private static byte[] pixels(Picture picture) throws IOException {
    int stride = 3 * picture.width();
    byte[] rgb = picture.rgb();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    try (OutputStream out = new DeflaterOutputStream(bytes, deflater)) {
      byte[] line = new byte[stride];
      for (int start = 0; start < rgb.length; start += stride) {
        for (int x = 0; x < stride; x++) {
          line[x] = (byte) (rgb[start + x] - (start == 0 ? 0 : rgb[start + x - stride]));
        }
        out.write(FILTER_UP);
        out.write(line);
      }
    } finally {
      deflater.end();
    }
    return bytes.toByteArray();
  }

  private static void writeChunk(DataOutputStream out, String type, byte[] data) throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    out.writeInt(data.length);
    out.write(name);
    out.write(data);
    out.writeInt((int) crc.getValue());
  }
}
