// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Many like things done by a few threads: while one waits for the disk, another converts numbers or waits for the
 * system to hand out memory.
 */
final class SharedWork {

  /** More do not make a disk faster, and each has a buffer of its own. */
  private static final int MOST_THREADS = 4;

  private SharedWork() {}

  /**
   * Applies a function to each item.
   *
   * @param worker makes the function, once for each thread
   * @return the results, in the order of the items
   * @throws RuntimeException what the function has thrown; no thread is at work any more then, since what they write
   *     into may be freed after it
   */
  static <T, R> List<R> map(List<T> items, Supplier<Function<T, R>> worker) {
    List<R> results = new ArrayList<>(items.size());
    items.forEach(item -> results.add(null));
    AtomicInteger next = new AtomicInteger();
    Runnable work = () -> {
      try {
        Function<T, R> function = worker.get();
        for (int i = next.getAndIncrement(); i < items.size(); i = next.getAndIncrement()) {
          results.set(i, function.apply(items.get(i)));
        }
      } finally {
        next.addAndGet(items.size()); // the others stop after a failure, too
      }
    };
    int threads = Math.min(Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()), items.size());
    List<CompletableFuture<Void>> all = new ArrayList<>(threads);
    try {
      while (all.size() < threads) {
        all.add(CompletableFuture.runAsync(work, SharedWork::start));
      }
    } catch (OutOfMemoryError e) { // no memory for another thread: those that there are do all of it
      if (all.isEmpty()) {
        throw e;
      }
    }
    try {
      CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
    return results;
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "weights");
    thread.setDaemon(true);
    thread.start();
  }
}
