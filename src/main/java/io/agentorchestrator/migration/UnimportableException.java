package io.agentorchestrator.migration;

/** A record that cannot be taken over: no fault of the import. */
final class UnimportableException extends Exception {

  private final Reason reason;
  private final String field;

  /**
   * Says why.
   *
   * @param field the field that is to blame; empty for the record
   * @param message a sentence for people, without users' values
   */
  UnimportableException(Reason reason, String field, String message) {
    super(message, null, false, false);
    this.reason = reason;
    this.field = field;
  }

  Note note() {
    return new Note(reason, field, String.valueOf(getMessage()));
  }
}
