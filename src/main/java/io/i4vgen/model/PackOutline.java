// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A pack as its {@code plugin.yaml} lists it, whether its files are there or not. It may be a part of a model, such as
 * a reward network alone.
 *
 * @param name as jobs call it
 * @param folder its own folder
 * @param about what people should know
 * @param networks what each network is loaded from
 * @param tokenizer the folder of the text encoder's tokenizer; empty if there is no text encoder
 * @param rewardVocabulary the reward network's {@code vocab.txt}; empty if there is no such network
 * @param files every file, by its path
 */
public record PackOutline(String name, Path folder, PackDescription.About about, Map<Kind, NetworkFiles> networks,
    String tokenizer, String rewardVocabulary, Map<String, PackFile> files) implements PackContents {

  public PackOutline {
    networks = Map.copyOf(networks);
    files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
  }
}
