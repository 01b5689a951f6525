package io.agentorchestrator.local;

import java.util.List;

/**
 * Processes halted by SIGSTOP: their connections stay open, and nobody answers. On Linux and macOS.
 */
public final class Frozen {

  private Frozen() {}

  /**
   * Does something while processes are halted, and lets them go on.
   *
   * @param processes halted in this order; who starts others comes before them
   */
  public static void during(List<ProcessHandle> processes, Runnable something) {
    processes.forEach(each -> send("STOP", each));
    try {
      something.run();
    } finally {
      processes.reversed().forEach(each -> send("CONT", each));
    }
  }

  /** One that ended meanwhile, as some of PostgreSQL's do by themselves, needs no signal. */
  private static void send(String signal, ProcessHandle process) {
    try {
      Signals.send(signal, process);
    } catch (IllegalStateException e) {
      if (process.isAlive()) {
        throw e;
      }
    }
  }
}
