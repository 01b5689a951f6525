package io.agentorchestrator.shutdown;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutOfMemoryTest {

  /** What a thread runs out of, and what it does about it. */
  enum Case {
    HEAP_CAUGHT,
    DIRECT_CAUGHT,
    DIRECT_UNCAUGHT
  }

  /** Has a thread run out of memory, and goes on if it can. */
  static final class Program {

    private Program() {}

    public static void premain(String argument) throws InterruptedException {
      OutOfMemory.install();
      Case wanted = Case.valueOf(argument);
      Thread thread = new Thread(() -> run(wanted));
      thread.start();
      thread.join();
      System.out.println("Goes on.");
    }

    private static void run(Case wanted) {
      try {
        List<Object> taken = new ArrayList<>();
        while (taken.size() < Integer.MAX_VALUE) {
          taken.add(
              wanted == Case.HEAP_CAUGHT
                  ? new byte[1024 * 1024]
                  : ByteBuffer.allocateDirect(1024 * 1024));
        }
      } catch (OutOfMemoryError e) {
        switch (wanted) {
          case HEAP_CAUGHT -> System.out.println("Caught.");
          case DIRECT_CAUGHT -> OutOfMemory.endProcess(new IllegalStateException(e));
          case DIRECT_UNCAUGHT -> throw e;
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void endsTheProcessAndNotJustAThread(Case wanted) throws Exception {
    Process process = ChildJvm.start(Program.class, wanted.name());

    String said = ChildJvm.output(process);

    assertThat(process.waitFor()).as(said).isEqualTo(3);
    assertThat(said).doesNotContain("Goes on.");
  }
}
