package io.agentorchestrator.v1;

import java.util.List;
import java.util.Locale;

/** The states of a task in the service before, and which of those here each stands for. */
enum OldTaskStatus {
  PENDING("submitted"),
  RUNNING("assigned", "working", "input_required"),
  COMPLETED("completed"),
  FAILED("failed"),
  CANCELLED("canceled");

  @SuppressWarnings("ImmutableEnumChecker") // It is a copy that cannot be changed.
  private final List<String> here;

  OldTaskStatus(String... here) {
    this.here = List.of(here);
  }

  String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The names of the states here. */
  List<String> here() {
    return here;
  }
}
