package io.agentorchestrator.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecentTest {

  private static final int ASKING = 20;
  private static final Duration LONG = Duration.ofMinutes(10);

  private final AtomicInteger tries = new AtomicInteger();
  private final CountDownLatch found = new CountDownLatch(1);

  @Test
  void isFoundOutOnceForAllWhoAskMeanwhileAndSoonAfter() throws Exception {
    Recent<Integer> recent = new Recent<>(this::slowly, LONG);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> all = askAll(threads, recent);
      found.countDown();
      for (Future<Integer> each : all) {
        assertThat(each.get()).isEqualTo(1);
      }
    }

    assertThat(recent.get()).isEqualTo(1);
    assertThat(tries).hasValue(1);
  }

  @Test
  void isAFailureForAllWhereTheOneTryFails() throws Exception {
    Recent<Integer> recent =
        new Recent<>(
            () -> {
              throw new IllegalStateException("away " + slowly());
            },
            LONG);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> all = askAll(threads, recent);
      found.countDown();
      for (Future<Integer> each : all) {
        assertThatThrownBy(each::get)
            .isInstanceOf(ExecutionException.class)
            .cause()
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("away 1");
      }
    }

    assertThatThrownBy(recent::get).isInstanceOf(IllegalStateException.class).hasMessage("away 1");
  }

  @Test
  void isFoundOutAgainWhenItIsOld() {
    Recent<Integer> recent = new Recent<>(tries::incrementAndGet, Duration.ZERO);

    assertThat(recent.get()).isEqualTo(1);
    assertThat(recent.get()).isEqualTo(2);
  }

  @Test
  void isFoundOutAgainAfterAFailure() {
    Recent<Integer> recent =
        new Recent<>(
            () -> {
              if (tries.incrementAndGet() == 1) {
                throw new IllegalStateException("away");
              }
              return tries.get();
            },
            Duration.ZERO);

    assertThatThrownBy(recent::get).hasMessage("away");
    assertThat(recent.get()).isEqualTo(2);
  }

  private int slowly() {
    int number = tries.incrementAndGet();
    try {
      found.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return number;
  }

  /** All ask before anybody knows. */
  private static List<Future<Integer>> askAll(ExecutorService threads, Recent<Integer> recent) {
    CountDownLatch asking = new CountDownLatch(ASKING);
    List<Future<Integer>> all =
        IntStream.range(0, ASKING)
            .mapToObj(
                n ->
                    threads.submit(
                        () -> {
                          asking.countDown();
                          return recent.get();
                        }))
            .toList();
    await().until(() -> asking.getCount() == 0);
    return all;
  }
}
