// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model.hub;

import io.i4vgen.model.PackFile;
import io.i4vgen.model.PackFiles;
import io.i4vgen.model.PackOutline;
import io.i4vgen.model.Packs;
import io.i4vgen.model.WeightsKind;
import io.i4vgen.weights.BadWeights;
import io.i4vgen.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Takes files over that somebody has already: finds out which file of which pack each is, by its name, size, checksum
 * or the names of its tensors, and puts it there. The original stays as it is: both become names of the same bytes on
 * the disk, or, on another disk, a copy is made.
 *
 * @param packs the packs that may ask for it
 */
public record Import(Packs packs) {

  private static final Set<WeightsKind> LORAS = Set.of(WeightsKind.LORA, WeightsKind.MOTION_LORA);

  /** What became of a file. */
  public sealed interface Result {

    /** What to tell. */
    String text();
  }

  /**
   * @param how it got there: {@code linked}, {@code copied} or {@code there already}
   * @param verified whether size or checksum say that it is the published one, not only its kind
   */
  public record Taken(Path file, String what, Path target, List<String> packs, String how, boolean verified)
      implements Result {

    @Override
    public String text() {
      return "%s is %s of %s: %s (%s)%s".formatted(file, what,
          (packs.size() == 1 ? "pack " : "packs ") + String.join(", ", packs), target, how, verified ? ""
          : "; unverified: the pack knows neither size nor checksum, so this may be another file of the same kind");
    }
  }

  /** @param how it can be used though no pack lists it */
  public record Usable(Path file, String how) implements Result {

    @Override
    public String text() {
      return file + " " + how;
    }
  }

  /**
   * @param why no pack can use it, and what can be done
   * @param known whether it is of a kind that is known at all
   */
  public record Refused(Path file, String why, boolean known) implements Result {

    @Override
    public String text() {
      return file + ": " + why;
    }
  }

  /** A place that a file could take, and where to note what is known of what is there. */
  private record Place(PackFile file, Path target, Ledger ledger, List<String> packs) {

    /** Whether more is known of the file than its name and its kind. */
    boolean isVerifiable() {
      return file.hasSize() || !file.sha256().isEmpty();
    }
  }

  /** What is known of a file that was given. */
  private record Given(Path path, long bytes, Optional<WeightsKind> kind, String seen) {

    /** Everything but whether its content is the right one. A name says something only if that can be found out. */
    boolean resembles(Place place) {
      PackFile file = place.file();
      boolean sameKind = kind.isPresent() && file.holds().equals(kind);
      if (sameKind || !place.isVerifiable() || file.holds().isPresent() && kind.isPresent()) {
        return sameKind;
      }
      return file.hasSize() && file.bytes() == bytes || place.target().getFileName().equals(path.getFileName());
    }
  }

  /**
   * The files to take over: {@code path} itself, or if it is a folder, the files right in it, but those whose names
   * begin with a dot.
   *
   * @throws HubException if it is a folder that can't be listed, or that has no files right in it
   */
  public static List<Path> files(Path path) {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> entries = HubException.unless(path, () -> Files.list(path))) {
      List<Path> files = entries.filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().startsWith(".")).sorted().toList();
      if (files.isEmpty()) {
        throw new HubException(path + ": is a folder without files; give the files, or the folder that they lie right"
            + " in");
      }
      return files;
    }
  }

  /** Every kind of weights that is recognised, for somebody whose file was not. */
  public static String known() {
    return Recognition.known();
  }

  /**
   * Takes one file over.
   *
   * @throws HubException if the file can't be read, or its place not written to
   */
  public Result run(Path file) {
    if (!Files.isRegularFile(file)) {
      return new Refused(file, "no such file", true);
    }
    Given given = given(file);
    List<Place> places = places().stream().filter(given::resembles).toList();
    List<String> reasons = new ArrayList<>();
    for (Place place : places) {
      Optional<String> difference = difference(given, place);
      if (difference.isEmpty()) {
        return take(given, place);
      }
      reasons.add("pack %s lists %s: %s".formatted(String.join(", ", place.packs()), place.target().getFileName(),
          difference.get()));
    }
    return given.kind().filter(LORAS::contains).<Result>map(kind -> new Usable(file, ("is %s: no pack lists it, and"
        + " none needs to: use it where it is, with ./i4vgen generate ... --lora %s").formatted(kind.title(), file)))
        .orElseGet(() -> refused(given, reasons));
  }

  private static Given given(Path file) {
    long bytes = HubException.unless(file, () -> Files.size(file));
    try (StateDict state = StateDict.open(file)) {
      return new Given(file, bytes, Recognition.of(state), Recognition.seen(state));
    } catch (BadWeights e) {
      String said = e.getMessage();
      return new Given(file, bytes, Optional.empty(),
          said.startsWith(file + ": ") ? said.substring((file + ": ").length()) : said);
    }
  }

  /** Every file that comes from a hub, and the packs that list it; first those of which most is known. */
  private List<Place> places() {
    Map<Path, Place> places = new LinkedHashMap<>();
    for (String name : packs.names()) {
      PackOutline pack = packs.outline(name);
      Ledger ledger = Ledger.of(pack);
      ledger.completed(pack).files().values().stream().filter(file -> file.hub().isPresent()).forEach(file -> places
          .computeIfAbsent(file.location(pack.folder()), target -> new Place(file, target, ledger, new ArrayList<>()))
          .packs().add(name));
    }
    return places.values().stream().sorted(Comparator.comparing(Place::isVerifiable).reversed()).toList();
  }

  private static Optional<String> difference(Given given, Place place) {
    PackFile file = place.file();
    if (file.hasSize() && file.bytes() != given.bytes()) {
      return Optional.of("that has %d bytes, this one %d".formatted(file.bytes(), given.bytes()));
    }
    String found = file.sha256().isEmpty() ? "" : PackFiles.sha256(given.path());
    return found.equals(file.sha256()) ? Optional.empty()
        : Optional.of("that has sha256 %s, this one %s".formatted(file.sha256(), found));
  }

  private Result take(Given given, Place place) {
    String what = given.kind().map(kind -> kind.title() + ", ").orElse("") + place.target().getFileName();
    boolean right = isRight(given, place);
    String instead = !right && Files.exists(place.target()) ? ", instead of a damaged one" : "";
    Result result = taken(given, what, place, right ? "there already" : put(given.path(), place.target()) + instead);
    if (!place.file().sha256().isEmpty()) {
      place.ledger().note(place.target(), Ledger.compared(place.target(), place.file().sha256()));
    }
    return result;
  }

  /** Whether what is in a place can stay, as far as anybody can tell. */
  private boolean isRight(Given given, Place place) {
    if (PackFiles.problem(place.file(), place.target(), packs.hub()).isPresent()) {
      return false;
    } else if (HubException.unless(place.target(), () -> Files.isSameFile(given.path(), place.target()))) {
      return true;
    } else if (!place.file().sha256().isEmpty()) {
      return PackFiles.damage(place.file(), place.target()).isEmpty();
    }
    boolean rightKind = given.kind().isPresent() && given.kind().equals(place.file().holds());
    return !rightKind || given(place.target()).kind().equals(given.kind());
  }

  private static Taken taken(Given given, String what, Place place, String how) {
    return new Taken(given.path(), what, place.target(), place.packs(), how, place.isVerifiable());
  }

  private static String put(Path file, Path target) {
    return HubException.unless(target, () -> {
      Path real = file.toRealPath();
      Path part = target.resolveSibling(target.getFileName() + ".import");
      Files.createDirectories(target.getParent());
      Files.deleteIfExists(part);
      String how = linked(real, part) ? "linked" : "copied";
      if (how.equals("copied")) {
        Files.copy(real, part);
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return how;
    });
  }

  /** Two names of one file, which only a disk itself can have. */
  private static boolean linked(Path file, Path name) {
    try {
      Files.createLink(name, file);
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      return false; // another disk, or one without links: a copy will do
    }
  }

  private static Refused refused(Given given, List<String> reasons) {
    String own = "to use it, make a pack of your own that lists it (docs/packs.md)";
    if (!reasons.isEmpty()) {
      return new Refused(given.path(), given.kind().map(kind -> "is " + kind.title() + ", but another one: ")
          .orElse("is not a file that a pack asks for: ") + reasons.stream().collect(Collectors.joining("; ")) + "; "
          + own, true);
    }
    return new Refused(given.path(), given.kind()
        .map(kind -> "is %s, which no pack asks for under this name; %s".formatted(kind.title(), own))
        .orElse("is not recognised (%s)".formatted(given.seen())), given.kind().isPresent());
  }
}
