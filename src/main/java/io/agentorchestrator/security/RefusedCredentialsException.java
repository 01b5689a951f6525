package io.agentorchestrator.security;

import org.springframework.security.core.AuthenticationException;

/** Credentials that are not taken. Its message is the refusal's, never the credentials. */
final class RefusedCredentialsException extends AuthenticationException {

  private final Refusal refusal;

  RefusedCredentialsException(Refusal refusal) {
    super(refusal.detail());
    this.refusal = refusal;
  }

  Refusal refusal() {
    return refusal;
  }
}
