// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.camel;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says in this program's words what Camel's reader of YAML does not accept in a route file, and on which line. */
final class RouteMistake {

  private static final Pattern PLACED = Pattern.compile("(.+?)\\s+in file:(.+?), line (\\d+), column \\d+.*",
      Pattern.DOTALL);
  private static final Pattern STEP = Pattern.compile("Unknown node id: (.+)");
  private static final Pattern KEY = Pattern.compile("Unsupported field: (.+)");
  private static final Pattern TYPE =
      Pattern.compile("(?:Unsupported type: |Node type )(\\w+)(?: is invalid, expected (\\S+))?.*", Pattern.DOTALL);
  private static final Pattern COMPONENT =
      Pattern.compile("No endpoint could be found for: ([^:,]+)[:,].*", Pattern.DOTALL);

  private RouteMistake() {}

  /** {@code "my.camel.yaml:13: 'too' is no step that Camel knows"}; nothing if a file is not to blame. */
  static Optional<String> of(Throwable failure) {
    for (Throwable one = failure; one != null; one = one.getCause()) {
      Matcher placed = PLACED.matcher(String.valueOf(one.getMessage()));
      if (one.getClass().getName().startsWith("org.apache.camel.dsl.yaml") && placed.matches()) {
        return Optional.of("%s:%s: %s".formatted(Path.of(placed.group(2)).getFileName(), placed.group(3),
            said(placed.group(1).strip())));
      }
    }
    return Optional.empty();
  }

  /** What an endpoint lacks that there is no component for; nothing if that is not the trouble. */
  static Optional<String> component(Throwable failure) {
    Matcher component = COMPONENT.matcher(Causes.message(failure));
    if (!component.matches()) {
      return Optional.empty();
    }
    String name = component.group(1);
    return Optional.of("there is no component '%s': %s".formatted(name, name.startsWith("i4vgen-")
        ? "write kamelet:" + name : "steps are called kamelet:NAME, routes direct:NAME"));
  }

  private static String said(String camel) {
    Matcher step = STEP.matcher(camel);
    Matcher key = KEY.matcher(camel);
    Matcher type = TYPE.matcher(camel);
    if (step.matches()) {
      return "'" + step.group(1) + "' is no step that Camel knows";
    } else if (key.matches()) {
      return "'" + key.group(1) + "' is not a key here";
    } else if (type.matches()) {
      return "a " + kind(type.group(1)) + " can't stand here"
          + (type.group(2) == null ? "" : ", expected a " + kind(type.group(2)));
    } else if (camel.startsWith("Unable to find constructor")) {
      return "a step is a key with its values, like '- to: {uri: \"kamelet:i4vgen-decode-action\"}'";
    }
    return camel;
  }

  /** How people call what YAML's specification calls otherwise. */
  private static String kind(String yaml) {
    return switch (yaml.toLowerCase(Locale.ROOT)) {
      case "sequence", "array" -> "list";
      case "mapping", "map", "object" -> "mapping of keys to values";
      case "scalar", "key-value" -> "single value";
      default -> yaml;
    };
  }
}
