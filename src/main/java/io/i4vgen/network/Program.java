// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.network;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A network's source: TorchScript, which reads as ordinary Python, in one resource {@code /networks/NAME.py} and the
 * layers that networks share, in a few more beside it. {@link #archive} turns it into the archive that
 * PyTorch loads; the weights are no part of it, they are passed with every call.
 *
 * @param name the resource's name
 * @param source the whole program in the serialised dialect
 */
public record Program(String name, String source) {

  /** The networks that there are. */
  public static final List<String> NAMES =
      List.of("clip_text", "image_reward", "lavie_unet", "sparsectrl", "taesd", "unet", "vae");

  /** What they share, in the order in which it builds on each other. */
  static final List<String> SHARED = List.of("norms", "layers", "motion", "transformers");

  /** A function of the file, or a method of its class. */
  private static final Pattern DEFINITION = Pattern.compile("^def (\\w+)\\(", Pattern.MULTILINE);

  private static final Pattern CLASS = Pattern.compile("^class Net\\(Module\\):\\n", Pattern.MULTILINE);

  private static final String CLASS_HEADER = """
      class Net(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
      """;

  /** A pickled instance of {@code __torch__.Net} whose only attribute is {@code training = False}. */
  private static final byte[] INSTANCE = ("\u0080\u0002c__torch__\nNet\nq\u0000)\u0081q\u0001}q\u0002"
      + "X\u0008\u0000\u0000\u0000trainingq\u0003\u0089sbq\u0004.").getBytes(StandardCharsets.ISO_8859_1);

  /** A pickled empty tuple. */
  private static final byte[] NO_CONSTANTS = "\u0080\u0002).".getBytes(StandardCharsets.ISO_8859_1);

  public Program {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(source, "source");
  }

  /** The program of one of this library's networks. */
  public static Program named(String name) {
    String shared = SHARED.stream().map(Program::read).collect(Collectors.joining("\n"));
    return of(name, shared + "\n" + read(name));
  }

  /** A program that shares nothing with the networks. */
  static Program alone(String name) {
    return of(name, read(name));
  }

  /** A program from source as it is written in the resources: functions, and one {@code class Net(Module)}. */
  static Program of(String name, String written) {
    Matcher header = CLASS.matcher(written);
    if (!header.find()) {
      throw new IllegalArgumentException("network %s: expected a line 'class Net(Module):'".formatted(name));
    }
    return new Program(name, withQualifiedCalls(header.replaceFirst(CLASS_HEADER)));
  }

  /** The serialised dialect wants {@code __torch__.} before every call of a function of the file. */
  private static String withQualifiedCalls(String source) {
    Set<String> functions = new LinkedHashSet<>();
    DEFINITION.matcher(source).results().forEach(definition -> functions.add(definition.group(1)));
    Pattern call = Pattern.compile("(?<!def )(?<![\\w.])(" + String.join("|", functions) + ")\\(");
    return call.matcher(source)
        .replaceAll("__torch__.$1(")
        .replaceAll("\\(self([,)])", "(self: __torch__.Net$1");
  }

  /** The bytes of the TorchScript archive named {@code name}. */
  public static byte[] archive(String name) {
    return named(name).archive();
  }

  /** The bytes of the TorchScript archive: a zip whose entries are stored uncompressed. */
  public byte[] archive() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      store(zip, "version", "10\n".getBytes(StandardCharsets.US_ASCII));
      store(zip, "byteorder", "little".getBytes(StandardCharsets.US_ASCII));
      store(zip, "constants.pkl", NO_CONSTANTS);
      store(zip, "data.pkl", INSTANCE);
      store(zip, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void store(ZipOutputStream zip, String path, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry("net/" + path);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static String read(String name) {
    String resource = "/networks/" + name + ".py";
    try (InputStream in = Program.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("network %s: there is no resource %s".formatted(name, resource));
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("%s: cannot be read".formatted(resource), e);
    }
  }
}
