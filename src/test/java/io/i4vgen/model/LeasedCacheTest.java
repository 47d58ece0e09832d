// SPDX-License-Identifier: Apache-2.0
package io.i4vgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class LeasedCacheTest {

  private static final long MEBIBYTE = 1 << 20;

  private static final class Thing implements AutoCloseable {

    private final long bytes;
    private final AtomicInteger closed = new AtomicInteger();

    Thing(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private final LeasedCache<String, Thing> cache = new LeasedCache<>(10 * MEBIBYTE, thing -> thing.bytes);

  @Test
  void twoThreadsShareOneLoad() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger loads = new AtomicInteger();
    Callable<Thing> lease = () -> {
      try (Lease<Thing> lent = cache.lease("a", () -> {
        loads.incrementAndGet();
        started.countDown();
        await(go);
        return new Thing(MEBIBYTE);
      })) {
        return lent.get();
      }
    };
    ExecutorService threads = Executors.newFixedThreadPool(2);
    Future<Thing> first = threads.submit(lease);
    started.await();
    Future<Thing> second = threads.submit(lease);
    go.countDown();
    assertThat(first.get()).isSameAs(second.get());
    threads.shutdown();
    assertThat(loads).hasValue(1);
    Eventually.holds(() -> assertThat(cache.counts()).isEqualTo(new Counts(1, 1, 0, 0, MEBIBYTE)));
    cache.close();
    assertThat(first.get().closed).hasValue(1);
  }

  @RepeatedTest(200) // threads that evict at once stand in each other's way now and then
  void whatIsEvictedWhileLentIsClosedWithItsLastLease() {
    Lease<Thing> first = cache.lease("a", () -> new Thing(8 * MEBIBYTE));
    Lease<Thing> again = cache.lease("a", () -> new Thing(1));
    Thing a = first.get();
    List<Lease<Thing>> others = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      String key = "other" + i;
      others.add(cache.lease(key, () -> new Thing(8 * MEBIBYTE)));
      others.add(cache.lease(key, () -> new Thing(8 * MEBIBYTE)));
    }
    Eventually.holds(() -> assertThat(cache.counts().loads() - cache.counts().evictions()).isEqualTo(1));
    cache.close();
    assertThat(a.closed).hasValue(0);
    first.close();
    first.close();
    assertThat(a.closed).hasValue(0);
    again.close();
    Eventually.holds(() -> assertThat(a.closed).hasValue(1));
    others.forEach(Lease::close);
    Eventually.holds(() -> assertThat(cache.counts().leases()).isZero());
    Eventually.holds(() -> assertThat(cache.counts().bytes()).isZero());
  }

  @Test
  void anEntryLargerThanTheCacheIsLentAndThenClosed() {
    Thing huge;
    try (Lease<Thing> lease = cache.lease("huge", () -> new Thing(11 * MEBIBYTE))) {
      huge = lease.get();
      assertThat(huge.closed).hasValue(0);
      Eventually.holds(() -> assertThat(cache.counts()).isEqualTo(new Counts(0, 1, 1, 1, 11 * MEBIBYTE)));
    }
    Eventually.holds(() -> assertThat(huge.closed).hasValue(1));
    Eventually.holds(() -> assertThat(cache.counts()).isEqualTo(new Counts(0, 1, 1, 0, 0)));
  }

  @Test
  void entriesOfMoreThanTwoGibibytesAreWeighed() {
    try (LeasedCache<String, Thing> large = new LeasedCache<>(9L << 30, thing -> thing.bytes)) {
      large.lease("a", () -> new Thing(3L << 30)).close();
      large.lease("b", () -> new Thing(3L << 30)).close();
      assertThat(large.counts()).isEqualTo(new Counts(0, 2, 0, 0, 6L << 30));
    }
  }

  @Test
  void aFailedLoadIsToldToItsCallerAndTriedAgain() {
    PackException failure = new PackException("no such file");
    assertThatThrownBy(() -> cache.lease("a", () -> {
      throw failure;
    })).isSameAs(failure);
    try (Lease<Thing> lease = cache.lease("a", () -> new Thing(1))) {
      assertThat(lease.get().closed).hasValue(0);
    }
    assertThat(cache.counts().loads()).isEqualTo(1);
  }

  @Test
  void aLeaseGivenBackGivesNothingMore() {
    Lease<Thing> lease = cache.lease("a", () -> new Thing(1));
    lease.close();
    assertThatThrownBy(lease::get).isInstanceOf(IllegalStateException.class).hasMessageContaining("given back");
  }

  @Test
  void aClosedCacheLendsNothing() {
    cache.close();
    assertThatThrownBy(() -> cache.lease("a", () -> new Thing(1))).hasMessage("the models are closed");
  }

  /** A key that closes the cache just when it is looked up. */
  private static final class LastKey {

    private final AutoCloseable cache;

    LastKey(AutoCloseable cache) {
      this.cache = cache;
    }

    @Override
    public int hashCode() {
      try {
        cache.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      return 1;
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }
  }

  @Test
  void aCacheClosedWhileSomebodyAsksItSaysSo() {
    LeasedCache<LastKey, Thing> closing = new LeasedCache<>(10 * MEBIBYTE, thing -> thing.bytes);
    assertThatThrownBy(() -> closing.lease(new LastKey(closing), () -> new Thing(1)))
        .isInstanceOf(IllegalStateException.class).hasMessage("the models are closed");
  }

  @Test
  void whatIsLoadedWhileTheCacheClosesIsClosedWithItsLease() {
    Thing late;
    try (Lease<Thing> lease = cache.lease("a", () -> {
      cache.close();
      return new Thing(1);
    })) {
      late = lease.get();
      assertThat(late.closed).hasValue(0);
    }
    Eventually.holds(() -> assertThat(late.closed).hasValue(1));
    Eventually.holds(() -> assertThat(cache.counts().bytes()).isZero());
  }

  @Test
  void whatCanNotBeWeighedIsClosed() {
    Thing thing = new Thing(1);
    LeasedCache<String, Thing> broken = new LeasedCache<>(MEBIBYTE, any -> {
      throw new IllegalStateException("no scales");
    });
    assertThatThrownBy(() -> broken.lease("a", () -> thing)).hasMessage("no scales");
    assertThat(thing.closed).hasValue(1);
    broken.close();
    assertThat(thing.closed).hasValue(1);
  }

  @Test
  void everythingIsClosedOnceUnderContention() throws Exception {
    List<Thing> made = Collections.synchronizedList(new ArrayList<>());
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> users = new ArrayList<>();
    for (int user = 0; user < 4; user++) {
      int first = user;
      users.add(threads.submit(() -> {
        for (int i = 0; i < 500; i++) {
          try (Lease<Thing> lease = cache.lease("key" + (first * 7 + i) % 5, () -> {
            Thing thing = new Thing(4 * MEBIBYTE);
            made.add(thing);
            return thing;
          })) {
            assertThat(lease.get().closed).hasValue(0);
          }
        }
      }));
    }
    for (Future<?> user : users) {
      user.get();
    }
    threads.shutdown();
    cache.close();
    Eventually.holds(() -> assertThat(made).allSatisfy(thing -> assertThat(thing.closed).hasValue(1)));
    Eventually.holds(() -> assertThat(cache.counts().bytes()).isZero());
    assertThat(cache.counts().hits() + cache.counts().loads()).isEqualTo(2000);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
