package io.agentorchestrator.shutdown;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process on an {@link OutOfMemoryError}, for what is left of it is not to be relied on,
 * and a process that ends is started again. The JVM does so by itself, told by {@code
 * -XX:+ExitOnOutOfMemoryError}, where the heap is exhausted; not where direct buffers are, or where
 * there can be no other thread. Whoever catches every error calls this.
 */
public final class OutOfMemory {

  private static final Logger LOG = LoggerFactory.getLogger(OutOfMemory.class);

  /** The JVM's own. */
  private static final int EXIT_CODE = 3;

  private OutOfMemory() {}

  /** Ends the process, without its orderly stop, if memory is why something failed. */
  public static void endProcess(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError) {
        try {
          LOG.atError().setCause(failure).log("Out of memory; the process ends");
        } finally {
          Runtime.getRuntime().halt(EXIT_CODE);
        }
      }
    }
  }

  /** Sees to threads of this JVM that catch nothing. Not for a JVM that others share. */
  public static void install() {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          endProcess(failure);
          LOG.atError().addKeyValue("thread", thread.getName()).setCause(failure).log("Ended");
        });
  }
}
