package io.agentorchestrator.migration;

/**
 * Why a record could not be taken over, or what of it is not as it was; by these names in reports.
 */
enum Reason {
  /** The field is no UUID in lower case. */
  BAD_ID,
  /** The record names another id than its field. */
  OTHER_ID,
  /** The value is no UTF-8, or no JSON object. */
  BAD_JSON,
  /**
   * A value that no command may have: U+0000, an unpaired surrogate, a number beyond all bounds.
   */
  BAD_VALUE,
  /** A state that is none. */
  BAD_STATUS,
  /** A time that is none. */
  BAD_TIME,
  /** A field that has to be there is missing. */
  MISSING,
  /** Too long, too short, too many, too large or too deep. */
  OUT_OF_BOUNDS,
  /** The task depends on one that is not there, or could not be taken over. */
  DEPENDENCY_MISSING,
  /** The task depends, directly or not, on itself. */
  DEPENDENCY_CIRCLE,
  /** The entity is here, and not from the old store. */
  EXISTS_HERE,
  /** The record changed in the old store, and the entity here: which is right, nobody knows. */
  CHANGED_HERE,
  /**
   * The record changed what cannot change here: the state of what has ended, what was given at
   * creation.
   */
  CANNOT_CHANGE,

  /** The agent is not there, or offline: the task waits for another one, or has none. */
  AGENT_MISSING,
  /** Several agents were assigned; the first that is there has the task. */
  SEVERAL_AGENTS,
  /** The workflow is not there. */
  WORKFLOW_MISSING,
  /** The workflow has as many tasks as one may have. */
  WORKFLOW_FULL,
  /** The workflow has ended, so its open task is canceled. */
  WORKFLOW_ENDED,
  /** A task that this one depends on failed or was canceled, so it is canceled. */
  DEPENDENCY_FAILED,
  /** A dependency that is not there was left out of a task that has ended. */
  DEPENDENCY_LEFT_OUT,
  /** A value that is no object became the member {@code value} of one. */
  WRAPPED,
  /** A text or list was cut to what fits; the whole is in the metadata. */
  CUT,
  /** A value has been replaced by one that fits; the old one is in the metadata. */
  REPLACED,
  /** NaN or an infinity, which JSON has not, became a text. */
  NOT_A_NUMBER,
  /** What would not fit into the metadata was left out. */
  LEFT_OUT,

  /** The record has not been taken over. */
  NOT_HERE,
  /** The record changed since it was taken over. */
  CHANGED_THERE,
  /** The record is gone from the old store. */
  GONE_THERE,
  /** The entity is not what the record says. */
  DIFFERS
}
