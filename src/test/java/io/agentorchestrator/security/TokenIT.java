package io.agentorchestrator.security;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who may read under {@code jwt}. */
class TokenIT extends WhoMayRead {

  TokenIT() {
    super(SecuredWorker.withTokens());
  }

  @Test
  void takesATokenFromItsOwnHeaderAlone() {
    String token = worker.credentials();

    assertThat(bearer(rest("/api/v2/agents"), token).status()).isEqualTo(200);
    SecuredWorker.get(rest("/api/v2/agents?access_token=" + token)).problem(401);
    SecuredWorker.get(rest("/api/v2/agents"), "Cookie: access_token=" + token).problem(401);
    SecuredWorker.get(rest("/api/v2/agents"), "X-API-Key: " + token).problem(401);
  }
}
