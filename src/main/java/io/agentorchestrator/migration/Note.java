package io.agentorchestrator.migration;

/**
 * Something of a record that is not as it was.
 *
 * @param reason what
 * @param field the field of the record
 * @param message a sentence for people, without users' values
 */
record Note(Reason reason, String field, String message) {}
