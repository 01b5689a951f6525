package io.agentorchestrator.cli;

import picocli.CommandLine;

/** What commands end with; scripts rely on it. */
final class Exit {

  /** Done, or the answer is yes. */
  static final int OK = CommandLine.ExitCode.OK;

  /** Failed, done in part, or the answer is no. */
  static final int FAILED = CommandLine.ExitCode.SOFTWARE;

  /** The command was not understood, and nothing was done. */
  static final int USAGE = CommandLine.ExitCode.USAGE;

  /** Kafka or PostgreSQL could not be reached; worth another try. */
  static final int UNREACHABLE = 3;

  private Exit() {}
}
