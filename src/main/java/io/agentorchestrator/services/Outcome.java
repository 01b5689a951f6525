package io.agentorchestrator.services;

import java.util.Locale;

/** How a probe ended. */
enum Outcome {
  /** A good answer in good time. */
  OK,
  /** A good answer that took longer than the service's slow-threshold. */
  SLOW,
  /** An answer with another status than expected. */
  UNEXPECTED_STATUS,
  /** The service's timeout ran out, whatever it was at. */
  TIMED_OUT,
  /** The host's name has no address. */
  UNRESOLVED,
  /** The host has none but addresses that may not be asked. */
  FORBIDDEN_ADDRESS,
  /** No connection, or one that broke. */
  UNREACHABLE,
  /** No TLS, or a certificate that is not trusted. */
  TLS_FAILED,
  /** Something that is no HTTP answer, or one out of bounds. */
  BAD_ANSWER,
  /** A redirect that may not be followed. */
  BAD_REDIRECT;

  private final String value = name().toLowerCase(Locale.ROOT);

  /** Returns the name in metrics, in lower case. */
  String value() {
    return value;
  }

  /** Whether the service gave no good answer. */
  boolean isFailure() {
    return this != OK && this != SLOW;
  }
}
