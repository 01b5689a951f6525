package io.agentorchestrator.shutdown;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process when its orderly stop takes longer than {@link ShutdownBudget} allows, lest it
 * hangs until somebody kills it. That loses and doubles nothing: it is a crash, and those are what
 * all is built for.
 */
public final class HardStop {

  private static final Logger LOG = LoggerFactory.getLogger(HardStop.class);

  /** As of a process that SIGTERM ended. */
  private static final int EXIT_CODE = 128 + 15;

  private static final Duration LOGGING = Duration.ofMillis(300);

  private HardStop() {}

  /** Watches over the stop of this JVM from when it begins. Not for a JVM that others share. */
  public static void install() {
    install(ShutdownBudget.FORCE);
  }

  static void install(Duration longest) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                // A daemon, for the JVM waits for its hooks and not for what they start.
                () -> Thread.ofPlatform().daemon().name("hard-stop").start(() -> enforce(longest)),
                "hard-stop-begin"));
  }

  private static void enforce(Duration longest) {
    try {
      Thread.sleep(longest);
      // Elsewhere, for logging may be what hangs.
      Thread.ofPlatform().daemon().start(() -> tell(longest)).join(LOGGING);
    } catch (InterruptedException e) {
      // Nobody interrupts it.
    }
    Runtime.getRuntime().halt(EXIT_CODE);
  }

  private static void tell(Duration after) {
    LOG.atError().addKeyValue("after", after).log("The worker's stop hangs; it is ended by force");
  }
}
