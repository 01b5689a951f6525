package io.agentorchestrator.production;

import java.util.List;

/** The settings are not fit for production; nothing was started. */
final class InsecureProductionException extends RuntimeException {

  private final transient List<String> problems;

  InsecureProductionException(List<String> problems) {
    super("Expected settings fit for the profile production, but: " + String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /** What is wrong, each with what to set. */
  List<String> problems() {
    return problems;
  }
}
