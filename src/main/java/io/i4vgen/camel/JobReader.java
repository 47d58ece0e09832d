// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import io.i4vgen.camel.JobFields.Field;
import io.i4vgen.camel.JobFields.Kind;
import io.i4vgen.generation.BadJob;
import io.i4vgen.generation.Job;
import io.i4vgen.stage.NamedFiles;
import io.i4vgen.tensor.Nearest;
import io.i4vgen.tensor.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads jobs as people and programs write them: plain text is a prompt; a JSON or YAML object has {@code prompt} and,
 * if wanted, {@code negativePrompt}, {@code seed}, {@code model}, {@code route}, {@code id}, {@code parameters} (an
 * object), and the parameters {@code steps}, {@code guidance}, {@code candidates}, {@code frames}, {@code preset},
 * {@code sampler}, {@code image}, {@code images}, {@code conditions}, {@code loras} and {@code prompts} (an object:
 * prompts by frame) at the top as well. A job that says no seed gets one from its id, so that reading it again gives
 * the same video.
 *
 * @param models the model of jobs that name none, by their route
 * @param route of jobs that name none
 */
public record JobReader(UnaryOperator<String> models, String route) {

  /** The most bytes that a job's text may have. */
  public static final int LIMIT = 1 << 20;

  private static final List<String> SHORT = List.of("steps", "guidance", "candidates", "frames", "preset", "sampler",
      "image", "images", "conditions", "loras", "prompts");
  private static final List<String> KEYS = Stream.concat(
      Stream.of("prompt", "negativePrompt", "seed", "model", "route", "id", "parameters"), SHORT.stream()).toList();
  private static final String PREFIX = "parameters.";

  /** With one model for all routes. */
  public JobReader(String model, String route) {
    this(any -> model, route);
  }

  /**
   * The text in {@code bytes}, with or without a byte order mark.
   *
   * @throws BadJob if they are too many, or not UTF-8
   */
  public static String text(byte[] bytes, String place) {
    requireShort(bytes.length, place);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new BadJob(place + ": is no UTF-8 text: save it as UTF-8", e);
    }
  }

  private static void requireShort(long bytes, String place) {
    if (bytes > LIMIT) {
      throw new BadJob("%s has %d bytes: a job has %d at most".formatted(place, bytes, LIMIT));
    }
  }

  private static long bytes(String text) {
    return text.length() > LIMIT ? text.length() : text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** @throws BadJob naming the place and the key, if the text isn't a job, or too long */
  public Request read(String text, Source source) {
    requireShort(bytes(text), source.place());
    if (text.isBlank()) {
      throw new BadJob(source.place() + " is empty: write what the video should show");
    }
    if (source.form() == Source.Form.PLAIN) {
      return request(Map.of("prompt", new Field(text.strip(), Kind.TEXT, source.place())), source);
    }
    return request(JobFields.read(text, source), source);
  }

  /**
   * A job that a program made as a map; {@code parameters} and {@code prompts} may be maps in it.
   *
   * @throws BadJob naming the key, if it isn't a job, or all its keys and values together are too long
   */
  public Request read(Map<?, ?> map, Source source) {
    Map<String, Field> fields = new LinkedHashMap<>();
    map.forEach((key, value) -> {
      if (value instanceof Map<?, ?> inner && JobFields.OBJECTS.contains(key)) {
        inner.forEach((name, one) -> put(fields, key + "." + name, one, source));
      } else {
        put(fields, String.valueOf(key), value, source);
      }
    });
    requireShort(fields.entrySet().stream()
        .mapToLong(field -> bytes(field.getKey()) + bytes(field.getValue().text())).sum(), source.place());
    return request(fields, source);
  }

  private static void put(Map<String, Field> fields, String key, Object value, Source source) {
    if (value == null) {
      return;
    }
    if (value instanceof List<?> list && JobFields.LISTS.containsKey(key)) {
      String text = list.stream().map(one -> one instanceof Map<?, ?> map
          ? JobFields.numbered(key, map, source.place()) : NamedFiles.item(String.valueOf(one)))
          .collect(Collectors.joining(", "));
      fields.put(key, new Field(text, Kind.TEXT, source.place()));
      return;
    }
    if (!(value instanceof String || value instanceof Number || value instanceof Boolean)) {
      throw new BadJob("%s: '%s' must be a single value".formatted(source.place(), key));
    }
    String text = value.toString();
    Kind kind = value instanceof String ? Kind.TEXT
        : value instanceof Boolean ? Kind.TRUTH : text.matches("-?\\d+") ? Kind.WHOLE : Kind.NUMBER;
    fields.put(key, new Field(text, kind, source.place()));
  }

  private Request request(Map<String, Field> all, Source source) {
    Map<String, Field> fields = JobFields.withPromptsTogether(all);
    fields.forEach((key, field) -> {
      if (!key.startsWith(PREFIX) && (!KEYS.contains(key) || key.equals("parameters"))) {
        throw new BadJob(key.equals("parameters") ? field.place() + ": 'parameters' must be an object of options"
            : "%s: '%s' is unknown%s".formatted(field.place(), key, Nearest.hint(key, KEYS)));
      }
    });
    if (!fields.containsKey("prompt")) {
      throw new BadJob(source.place() + ": has no 'prompt': say what the video should show");
    }
    String id = scalar(fields, "id").orElse(source.id());
    String pipeline = text(fields, "route").orElse(route);
    try {
      return new Request(new Job(id, text(fields, "prompt").orElse(""), text(fields, "negativePrompt").orElse(null),
          seed(fields).orElse(seed(id)), text(fields, "model").orElseGet(() -> models.apply(pipeline)),
          parameters(fields)), pipeline);
    } catch (BadJob e) {
      throw e.getMessage().startsWith(source.place()) ? e : new BadJob(source.place() + ": " + e.getMessage(), e);
    }
  }

  /** The seed of a job that says none: 0 to 2^32 - 1, the same for the same id. */
  public static long seed(String id) {
    return ByteBuffer.wrap(Sha256.of(id)).getInt() & 0xFFFFFFFFL;
  }

  private static Optional<Long> seed(Map<String, Field> fields) {
    return scalar(fields, "seed").map(text -> {
      try {
        return Long.valueOf(text.strip());
      } catch (NumberFormatException e) {
        throw new BadJob("%s: 'seed' is '%s': must be a whole number".formatted(fields.get("seed").place(), text), e);
      }
    });
  }

  private static Map<String, String> parameters(Map<String, Field> fields) {
    Map<String, String> parameters = new TreeMap<>();
    fields.forEach((key, field) -> {
      if (key.startsWith(PREFIX)) {
        parameters.put(key.substring(PREFIX.length()), field.text());
      }
    });
    SHORT.stream().filter(fields::containsKey).forEach(key -> {
      if (parameters.put(key, fields.get(key).text()) != null) {
        throw new BadJob("%s: '%s' is also among the parameters: say it once".formatted(fields.get(key).place(), key));
      }
    });
    return parameters;
  }

  private static Optional<String> text(Map<String, Field> fields, String key) {
    return Optional.ofNullable(fields.get(key)).map(field -> {
      if (field.kind() != Kind.TEXT) {
        throw new BadJob("%s: '%s' is %s: must be a text; put it in quotes".formatted(
            field.place(), key, field.text()));
      }
      return field.text();
    });
  }

  /** A text or a whole number: what {@code id: 42} and {@code seed: "42"} mean is clear. */
  private static Optional<String> scalar(Map<String, Field> fields, String key) {
    return Optional.ofNullable(fields.get(key)).map(field -> {
      if (field.kind() != Kind.TEXT && field.kind() != Kind.WHOLE) {
        throw new BadJob("%s: '%s' is %s: must be a whole number%s".formatted(field.place(), key, field.text(),
            key.equals("id") ? " or a text" : ""));
      }
      return field.text();
    });
  }
}
