package io.agentorchestrator.log;

/** Publishing now would lose or repeat events; the message says what to do about it. */
final class RelayRefusedException extends RuntimeException {

  /** What is to be done. */
  enum Remedy {
    /** The database has everything; the topic, the slot or the checkpoint has not. */
    REPAIR(
        "Run `relay repair`: it publishes what is missing, and lets the relay go on from there."),
    /** The topic holds what the database has forgotten. */
    REPAIR_AFTER_RESTORE(
        "Until that is mended nothing is written. Run `relay repair --after-restore`: it brings back"
            + " from the log topic what the database has forgotten."),
    /** Something else's slot is in the way. */
    OTHER_SLOT("Set orchestrator.relay.slot to a name that is free.");

    private final String advice;

    Remedy(String advice) {
      this.advice = advice;
    }
  }

  private final Remedy remedy;

  RelayRefusedException(String expectation, Remedy remedy) {
    super(expectation + " " + remedy.advice);
    this.remedy = remedy;
  }

  Remedy remedy() {
    return remedy;
  }
}
