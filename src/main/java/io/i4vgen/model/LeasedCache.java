// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * A cache of native things, weighed in bytes, whose entries are lent. Many callers share one load. What is evicted
 * while lent is closed when the last lease is given back, so an entry may be larger than the cache and still be used.
 *
 * <p>Loads run on threads of the cache's own. There, no {@link io.i4vgen.tensor.Scope} of the caller's is open that
 * would close the loaded tensors with its own.
 *
 * @param <K> names an entry
 * @param <V> an entry; may be closed by any thread
 */
final class LeasedCache<K, V extends AutoCloseable> implements AutoCloseable {

  /** Few, for the C library keeps freed memory for each thread that has asked for some. */
  private static final int LOADERS = 2;
  private static final String CLOSED = "the models are closed";

  private final ToLongFunction<V> weigher;
  private final ExecutorService loaders;
  private final AsyncCache<K, Shared<V>> entries;
  private final AtomicLong hits = new AtomicLong();
  private final AtomicLong loads = new AtomicLong();
  private final AtomicLong evictions = new AtomicLong();
  private final AtomicLong leases = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param maximumBytes of all entries together
   * @param weigher the bytes of one
   */
  LeasedCache(long maximumBytes, ToLongFunction<V> weigher) {
    this.weigher = weigher;
    this.loaders = Executors.newFixedThreadPool(LOADERS, LeasedCache::loader);
    this.entries = Caffeine.newBuilder().maximumWeight(kibibytes(maximumBytes)).executor(Runnable::run)
        .<K, Shared<V>>weigher((key, entry) -> kibibytes(entry.bytes())).removalListener(this::removed).buildAsync();
  }

  /** A weight is an {@code int}, and networks may have more bytes than that. */
  private static int kibibytes(long bytes) {
    return (int) Math.min(Integer.MAX_VALUE, bytes / 1024 + 1);
  }

  private static Thread loader(Runnable task) {
    Thread thread = new Thread(task, "i4vgen-loader");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Lends the entry, loaded by {@code loader} if it is not there.
   *
   * @throws RuntimeException what the load threw; the next call tries again
   */
  Lease<V> lease(K key, Supplier<V> loader) {
    while (true) {
      if (closed.get()) {
        throw new IllegalStateException(CLOSED);
      }
      Loading<V> mine = new Loading<>();
      CompletableFuture<Shared<V>> entry = entries.get(key, (k, executor) -> start(k, mine, loader));
      if (closed.get()) { // since the question above: the cache may have been emptied before this came in
        entries.synchronous().invalidate(key);
      }
      Shared<V> shared = await(entry, entry == mine);
      if (shared == null) {
        throw ((Loading<V>) entry).failure();
      } else if (entry == mine) {
        return lend(shared);
      } else if (shared.retain()) {
        hits.incrementAndGet();
        return lend(shared);
      }
      // Evicted between the two lines above: load it again.
    }
  }

  /** Lends the entry if it is there; waits for it if it is being loaded. */
  Optional<Lease<V>> find(K key) {
    CompletableFuture<Shared<V>> entry = entries.getIfPresent(key);
    Shared<V> shared = entry == null ? null : await(entry, false);
    if (shared == null || !shared.retain()) {
      return Optional.empty();
    }
    hits.incrementAndGet();
    return Optional.of(lend(shared));
  }

  private Loading<V> start(K key, Loading<V> loading, Supplier<V> loader) {
    try {
      loaders.execute(() -> load(key, loading, loader));
      return loading;
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException(CLOSED, e);
    }
  }

  private void load(K key, Loading<V> loading, Supplier<V> loader) {
    try {
      loading.complete(shared(loader.get()));
    } catch (RuntimeException | Error e) {
      entries.asMap().remove(key, loading); // before anybody hears of it and tries again
      loading.fail(e);
    }
    evict();
  }

  /**
   * Drops what is too much. The cache weighs an entry on the thread that ends its load, on the one that asked for it or
   * on one that has waited for it, and puts off evicting, to the next call, while another is at it. So each one calls.
   */
  private void evict() {
    entries.synchronous().cleanUp();
  }

  /** What is loaded belongs to the cache and to the caller, who thus can't come too late for it. */
  private Shared<V> shared(V value) {
    long size = weighed(value);
    loads.incrementAndGet();
    bytes.addAndGet(size);
    return new Shared<>(value, size, 2, () -> bytes.addAndGet(-size));
  }

  private long weighed(V value) {
    try {
      return weigher.applyAsLong(value);
    } catch (RuntimeException | Error e) {
      closeAfter(e, value);
      throw e;
    }
  }

  private static void closeAfter(Throwable failure, AutoCloseable value) {
    try {
      value.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }

  private Shared<V> await(CompletableFuture<Shared<V>> entry, boolean asked) {
    boolean weighs = asked || !entry.isDone();
    Shared<V> shared = entry.join();
    if (weighs) {
      evict();
    }
    return shared;
  }

  /** A failed load ends with no value: of an exception, the cache would write its own report to the log. */
  private static final class Loading<V extends AutoCloseable> extends CompletableFuture<Shared<V>> {

    private volatile Throwable failure;

    void fail(Throwable cause) {
      failure = cause;
      complete(null);
    }

    RuntimeException failure() {
      if (failure instanceof Error error) {
        throw error;
      }
      return (RuntimeException) failure;
    }
  }

  private Lease<V> lend(Shared<V> shared) {
    leases.incrementAndGet();
    return new Lease<>(shared.value(), () -> {
      leases.decrementAndGet();
      shared.release();
    });
  }

  private void removed(K key, Shared<V> entry, RemovalCause cause) {
    if (cause == RemovalCause.SIZE) {
      evictions.incrementAndGet();
    }
    entry.release();
  }

  Counts counts() {
    return new Counts(hits.get(), loads.get(), evictions.get(), leases.get(), bytes.get());
  }

  /** Forgets all entries; those that are lent are closed when they come back. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      entries.synchronous().invalidateAll();
      loaders.shutdown();
    }
  }
}
