package io.agentorchestrator.shutdown;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HardStopTest {

  /** Is to end by SIGTERM, and has a hook that ends, or one that never does. */
  static final class Program {

    private Program() {}

    public static void premain(String argument) throws InterruptedException {
      boolean hangs = Boolean.parseBoolean(argument);
      HardStop.install(Duration.ofSeconds(1));
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    try {
                      new CountDownLatch(hangs ? 1 : 0).await();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }));
      System.out.println("Ready.");
      Thread.currentThread().join();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void endsAProcessWhoseStopHangsAndNoOther(boolean hangs) throws Exception {
    Process process = ChildJvm.start(Program.class, String.valueOf(hangs));
    assertThat(process.inputReader().readLine()).isEqualTo("Ready.");

    process.toHandle().destroy(); // That of the process would close its output.

    String said = process.inputReader().lines().reduce("", String::concat);
    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(said.contains("ended by force")).as(said).isEqualTo(hangs);
  }

  @Test
  void leavesTimeForAllPartsOfAStop() {
    Duration parts =
        ShutdownBudget.WORK
            .plus(ShutdownBudget.RELAY)
            .plus(ShutdownBudget.READS)
            .plus(ShutdownBudget.MANAGEMENT)
            .plus(ShutdownBudget.SPANS)
            .plus(ShutdownBudget.PRODUCER)
            .plus(ShutdownBudget.POOL);

    assertThat(parts).isLessThan(ShutdownBudget.FORCE);
    assertThat(ShutdownBudget.FORCE).isLessThan(ShutdownBudget.TOTAL);
  }
}
