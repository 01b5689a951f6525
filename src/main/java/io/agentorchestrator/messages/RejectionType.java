package io.agentorchestrator.messages;

/** Why the rules refuse a well-formed command. The names are part of the contract. */
public enum RejectionType {
  /** The subject, or an entity the command names, does not exist. */
  NOT_FOUND,
  /** Created before, or the command's id was used for another content. */
  ALREADY_EXISTS,
  /** Wrong state, attempt or holder; the agent is offline, full or lacks a capability. */
  INVALID_STATE,
  /** A cycle, a duplicate or foreign dependency, too many of something. */
  INVALID_ARGUMENT,
  /** This source may not. */
  FORBIDDEN
}
