// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.i4vgen.network.Backbone;
import io.i4vgen.network.ImageReward;
import io.i4vgen.network.SparseControl;
import io.i4vgen.network.TextEncoder;
import io.i4vgen.network.TinyVae;
import io.i4vgen.network.Vae;
import io.i4vgen.weights.Lora;
import io.i4vgen.weights.StateDict;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The model packs of this installation, and their networks: loaded once for many jobs, lent to whoever needs them, and
 * dropped when room is needed and nobody uses them. May be called from any thread, with any scope open.
 */
public final class Models implements AutoCloseable {

  private final Packs packs;
  private final NDManager memory;
  private final Optional<Precision> precision;
  private final boolean mapped;
  private final LeasedCache<Key, Loaded> cache;
  private final LoraFiles loraFiles = new LoraFiles();
  private final SoundPacks soundPacks = new SoundPacks();

  /**
   * @param pack with the low-rank updates of this part only, so that all other parts are shared with the plain pack
   * @param part names a network or tokenizer of the pack
   * @param updates sizes and times of the files of low-rank updates, which may be others tomorrow
   */
  private record Key(PackContents pack, String part, List<String> updates) {}

  /** @param bytes native memory of {@code thing} */
  private record Loaded(Object thing, long bytes, Runnable onClose) implements AutoCloseable {

    @Override
    public void close() {
      onClose.run();
    }
  }

  /**
   * @param folders where packs are looked for by name, in this order
   * @param root owner of all native memory; closed by who made it, after the models
   * @param device where networks run
   * @param precision what the networks of all packs calculate in; if not said, what each pack says
   * @param maximumBytes of all loaded networks together; one that is lent is kept even if they are more
   * @throws IllegalArgumentException if {@code maximumBytes} is negative
   */
  public Models(List<Path> folders, NDManager root, Device device, Optional<Precision> precision, long maximumBytes) {
    this(new Packs(folders), root, device, precision, true, maximumBytes);
  }

  /**
   * As above, with the hub that files come from.
   *
   * @param mapped whether weights are views of their files where they can be, see {@link StateDict#mapped}
   */
  public Models(Packs packs, NDManager root, Device device, Optional<Precision> precision, boolean mapped,
      long maximumBytes) {
    if (maximumBytes < 0) {
      throw new IllegalArgumentException("maximumBytes must be 0 or more, is " + maximumBytes);
    }
    this.packs = packs;
    this.memory = root.newSubManager(device);
    this.precision = precision;
    this.mapped = mapped;
    this.cache = new LeasedCache<>(maximumBytes, Loaded::bytes);
  }

  /**
   * A pack, by its name or its folder. Its files are all there, and have the right sizes.
   *
   * @throws PackException if there is no such pack, or something is wrong with it
   */
  public PackDescription describe(String nameOrDirectory) {
    return packs.find(nameOrDirectory);
  }

  /**
   * Looks at the headers of all files of a pack's networks and whether the networks fit each other, which costs little;
   * nothing if they have been looked at and are still the same.
   *
   * @param optional networks to look at, beside those that every pack has, if this one has them
   * @throws PackException naming files and faults
   */
  public void requireSound(PackDescription pack, Set<Kind> optional) {
    soundPacks.require(pack, optional);
  }

  /**
   * A pack with low-rank updates more, of those networks that each file updates. One that it has already gets the new
   * scale.
   *
   * @param loras files and their scales
   * @throws PackException if a file is not there, or is no LoRA
   */
  public PackDescription updated(PackDescription pack, Map<Path, Double> loras) {
    PackDescription updated = pack;
    for (Map.Entry<Path, Double> one : loras.entrySet()) {
      Path file = one.getKey().toAbsolutePath().normalize();
      for (Kind kind : loraFiles.updatedBy(file)) {
        Map<String, Double> all = new LinkedHashMap<>(updated.network(kind).loras());
        all.put(file.toString(), one.getValue());
        updated = updated.withLoras(kind, all);
      }
    }
    return updated;
  }

  /** The names of the packs in the pack folders. */
  public List<String> names() {
    return packs.names();
  }

  /** How commands call a pack: by its name, else by its folder. */
  public String called(PackDescription pack) {
    return packs.called(pack);
  }

  /** @throws PackException as all leases, if the network can't be loaded: pack, file and reason */
  public Lease<TextEncoder> textEncoder(PackDescription pack) {
    Kind kind = Kind.TEXT_ENCODER;
    if (!pack.network(kind).loras().isEmpty()) {
      return updated(pack, kind, TextEncoder.class, () -> textEncoder(pack.withLoras(kind, Map.of())), base -> {
        TextEncoder network = loader(pack).updated(base);
        return new Loaded(network, network.bytes(), network::close);
      });
    }
    return lease(pack, kind, TextEncoder.class, () -> {
      TextEncoder network = loader(pack).textEncoder();
      return new Loaded(network, network.bytes(), network::close);
    });
  }

  /** The denoiser of images and, if it is LaVie's or the pack has motion modules, of videos. */
  public Lease<Backbone> unet(PackDescription pack) {
    Kind kind = Kind.UNET;
    if (!pack.network(kind).loras().isEmpty()) {
      return updated(pack, kind, Backbone.class, () -> unet(pack.withLoras(kind, Map.of())), base -> {
        Backbone network = loader(pack).updated(base);
        return new Loaded(network, network.bytes(), network::close);
      });
    }
    return lease(pack, kind, Backbone.class, () -> {
      Backbone network = loader(pack).unet();
      return new Loaded(network, network.bytes(), network::close);
    });
  }

  /**
   * A network with low-rank updates: an entry of its own, which weighs what the updates change and keeps its base lent
   * as long as it is in the cache. The base is asked for only if the view is not there: the cache may have dropped it,
   * and would load another one. It can't be asked for by the load, which would wait for a second load on one thread.
   */
  private <T> Lease<T> updated(PackDescription pack, Kind kind, Class<T> type, Supplier<Lease<T>> base,
      Function<T, Loaded> load) {
    Key key = key(pack, kind);
    return cache.find(key).map(lease -> lease.as(loaded -> type.cast(loaded.thing())))
        .orElseGet(() -> updatedAnew(key, type, base.get(), load));
  }

  private <T> Lease<T> updatedAnew(Key key, Class<T> type, Lease<T> base, Function<T, Loaded> load) {
    AtomicBoolean kept = new AtomicBoolean();
    try {
      return lease(key, type, () -> {
        Loaded loaded = load.apply(base.get());
        kept.set(true);
        return new Loaded(loaded.thing(), loaded.bytes(), () -> {
          loaded.close();
          base.close();
        });
      });
    } finally {
      if (!kept.get()) {
        base.close();
      }
    }
  }

  public Lease<Vae> vae(PackDescription pack) {
    return lease(pack, Kind.VAE, Vae.class, () -> {
      Vae network = loader(pack).vae();
      return new Loaded(network, network.bytes(), network::close);
    });
  }

  /**
   * What decodes the latents of a frame quickly and with less detail, of a pack that may be nothing else.
   *
   * @param pack its name
   * @throws PackException also if there is no such pack, a file of it is missing, or its latents are of another shape
   */
  public Lease<TinyVae> tinyVae(String pack, Frame frame) {
    PackOutline outline = packs.named(pack, Kind.TINY_VAE);
    PackFiles.requireComplete(outline, packs.hub());
    Lease<TinyVae> lease = lease(new Key(outline, Kind.TINY_VAE.key(), List.of()), TinyVae.class, () -> {
      TinyVae network = new NetworkLoader(outline, memory, precision.orElse(Precision.FP32).floats(), mapped).tinyVae();
      return new Loaded(network, network.bytes(), network::close);
    });
    lease.get().unfit(frame.latentChannels(), frame.factor()).ifPresent(why -> {
      lease.close();
      throw new PackException("pack '%s', network '%s': %s".formatted(pack, Kind.TINY_VAE.key(), why));
    });
    return lease;
  }

  /**
   * What steers the UNet by given pictures.
   *
   * @param kind for frames or for scribbles
   */
  public Lease<SparseControl> sparseControl(PackDescription pack, Kind kind) {
    return lease(pack, kind, SparseControl.class, () -> {
      SparseControl network = loader(pack).sparseControl(kind);
      return new Loaded(network, network.bytes(), network::close);
    });
  }

  public Lease<ImageReward> reward(PackDescription pack) {
    return lease(pack, Kind.REWARD, ImageReward.class, () -> {
      ImageReward network = loader(pack).reward();
      return new Loaded(network, network.bytes(), network::close);
    });
  }

  /** The text encoder's tokenizer. */
  public Lease<ClipTokenizer> tokenizer(PackDescription pack) {
    return lease(new Key(pack.plain(), "tokenizer", List.of()), ClipTokenizer.class, () -> {
      ClipTokenizer tokenizer = new NetworkSource(pack).tokenizer();
      return new Loaded(tokenizer, pack.bytes(pack.tokenizer()), tokenizer::close);
    });
  }

  /** The reward network's tokenizer. */
  public Lease<BertTokenizer> rewardTokenizer(PackDescription pack) {
    return lease(new Key(pack.plain(), "reward tokenizer", List.of()), BertTokenizer.class, () -> {
      BertTokenizer tokenizer = new NetworkSource(pack).rewardTokenizer();
      return new Loaded(tokenizer, pack.bytes(pack.rewardVocabulary()), tokenizer::close);
    });
  }

  /** How images are made ready for the reward network. */
  public RewardImage rewardImage(PackDescription pack) {
    return new NetworkSource(pack).rewardImage();
  }

  private NetworkLoader loader(PackDescription pack) {
    return new NetworkLoader(pack, memory, precision.orElse(pack.precision()).floats(), mapped);
  }

  private <T> Lease<T> lease(PackDescription pack, Kind kind, Class<T> type, Supplier<Loaded> load) {
    return lease(key(pack, kind), type, load);
  }

  private static Key key(PackDescription pack, Kind kind) {
    return new Key(pack.seenBy(kind), kind.key(),
        pack.network(kind).loras().keySet().stream().flatMap(path -> Lora.files(pack.file(path)).stream())
            .map(PackFiles::stamp).toList());
  }

  private <T> Lease<T> lease(Key key, Class<T> type, Supplier<Loaded> load) {
    return cache.lease(key, load).as(loaded -> type.cast(loaded.thing()));
  }

  public Counts counts() {
    return cache.counts();
  }

  /** Owner of what the networks own. */
  NDManager memory() {
    return memory;
  }

  /** Frees all networks; those that are lent, as soon as they come back. */
  @Override
  public void close() {
    cache.close();
  }
}
