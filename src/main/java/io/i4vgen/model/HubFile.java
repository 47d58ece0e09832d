// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;

/**
 * A file of a repository on a hub of models. All packs share what they take from one repository: it lies once, in the
 * folder {@code hub} beside the packs' folders.
 *
 * @param repo {@code owner/name}
 * @param revision a branch, tag or commit
 * @param path within the repository, with {@code /} between its names
 */
public record HubFile(String repo, String revision, String path) {

  /** The revision that holds if none is named. */
  public static final String MAIN = "main";

  /** Where the published models are. */
  public static final URI PUBLIC = URI.create("https://huggingface.co");

  private static final String FOLDER = "hub";

  /** @throws IllegalArgumentException if a part has characters that it can't have */
  public HubFile {
    require("repo", repo, "owner/name", "[A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*");
    require("revision", revision, "a branch, tag or commit without '/'", "[A-Za-z0-9][\\w.-]*");
    PackFile.requireInside(path);
  }

  private static void require(String key, String value, String form, String pattern) {
    if (!value.matches(pattern)) {
      throw new IllegalArgumentException("must have a " + key + " of the form " + form + ", has \"" + value + "\"");
    }
  }

  /**
   * Where it can be fetched.
   *
   * @param hub the address that repositories' names are put behind
   */
  public URI url(URI hub) {
    String base = hub.toString().replaceAll("/+$", "");
    return URI.create(base + "/" + repo + "/resolve/" + revision + "/" + encoded(path));
  }

  private static String encoded(String path) {
    try {
      return new URI(null, null, "/" + path, null).getRawPath().substring(1);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("must have a path that an address can hold, has \"" + path + "\"", e);
    }
  }

  /**
   * The folder, beside the packs', of everything that comes from a hub.
   *
   * @param pack the folder of one of them
   */
  public static Path folder(Path pack) {
    return pack.toAbsolutePath().normalize().resolveSibling(FOLDER);
  }

  /**
   * Where it lies.
   *
   * @param packs the folder that holds the packs' folders
   */
  Path location(Path packs) {
    return packs.resolve(FOLDER).resolve(revision.equals(MAIN) ? repo : repo + "@" + revision).resolve(path);
  }
}
