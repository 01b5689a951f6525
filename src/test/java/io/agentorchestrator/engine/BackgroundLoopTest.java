package io.agentorchestrator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BackgroundLoopTest {

  /** A loop that tells when it has worked, and fails as often as it is told to. */
  private static final class Loop extends BackgroundLoop {
    private final CountDownLatch worked = new CountDownLatch(1);
    private final Semaphore woken = new Semaphore(0);
    private volatile @Nullable Throwable failure;

    Loop() {
      super("loop", true, new SimpleMeterRegistry());
    }

    @Override
    protected void workAndWait() throws InterruptedException {
      Throwable due = failure;
      failure = null;
      if (due instanceof Error error) {
        throw error;
      } else if (due instanceof RuntimeException exception) {
        throw exception;
      }
      worked.countDown();
      woken.acquire();
    }

    @Override
    protected void wake() {
      woken.release();
    }
  }

  /** A thread that looks whether it is to run before the one that starts it has said so ends. */
  @Test
  void worksHoweverQuicklyItsThreadStarts() throws InterruptedException {
    for (int i = 0; i < 2000; i++) {
      Loop loop = new Loop();
      loop.start();

      assertThat(loop.worked.await(10, TimeUnit.SECONDS)).as("start %d", i).isTrue();
      assertThat(loop.isRunning()).isTrue();
      assertThat(loop.isFailing()).isFalse();
      loop.stop();
      assertThat(loop.isRunning()).isFalse();
    }
  }

  @Test
  void goesOnAfterAnyFailureAndSaysSoInBetween() throws InterruptedException {
    for (Throwable failure : new Throwable[] {new IllegalStateException(), new AssertionError()}) {
      Loop loop = new Loop();
      loop.failure = failure;
      loop.start();

      await().until(loop::isFailing);
      assertThat(loop.worked.await(10, TimeUnit.SECONDS)).isTrue();
      loop.wake();
      await().until(() -> !loop.isFailing());
      loop.stop();
    }
  }
}
