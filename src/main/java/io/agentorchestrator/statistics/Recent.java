package io.agentorchestrator.statistics;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What many ask for at the same time and one answer will do for: the first of them finds it out,
 * and what comes of that, be it a failure, is the answer of all who come meanwhile or soon after.
 * Nobody waits for more than one try, so they do not queue up behind each other where each takes
 * long.
 *
 * @param <T> what is asked for
 */
final class Recent<T> {

  private final Supplier<T> question;
  private final long keptNanos;
  private @Nullable Try<T> latest;

  /**
   * Knows nothing yet.
   *
   * @param question finds it out; it has to end in a bounded time
   * @param kept for how long after that it will do
   */
  Recent(Supplier<T> question, Duration kept) {
    this.question = question;
    this.keptNanos = kept.toNanos();
  }

  /**
   * Returns the answer.
   *
   * @throws RuntimeException as the question does, to all who share it
   */
  T get() {
    Try<T> own = new Try<>();
    Try<T> shared = join(own);
    if (shared == own) {
      own.run(question);
    }
    return shared.answer();
  }

  private synchronized Try<T> join(Try<T> own) {
    Try<T> last = latest;
    if (last != null && last.isRecent(keptNanos)) {
      return last;
    }
    latest = own;
    return own;
  }

  private static final class Try<T> {

    private final CompletableFuture<T> outcome = new CompletableFuture<>();
    private volatile long end;

    private void run(Supplier<T> question) {
      try {
        T answer = question.get();
        end = System.nanoTime();
        outcome.complete(answer);
      } catch (RuntimeException | Error e) {
        end = System.nanoTime();
        outcome.completeExceptionally(e);
      }
    }

    private boolean isRecent(long keptNanos) {
      return !outcome.isDone() || System.nanoTime() - end < keptNanos;
    }

    private T answer() {
      try {
        return outcome.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof RuntimeException failure) {
          throw failure;
        }
        if (e.getCause() instanceof Error error) {
          throw error;
        }
        throw e;
      }
    }
  }
}
