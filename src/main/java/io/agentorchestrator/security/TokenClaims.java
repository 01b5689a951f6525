package io.agentorchestrator.security;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.Jwt;

/** What a token must say besides being signed. The code of an error is a {@link Refusal}. */
final class TokenClaims implements OAuth2TokenValidator<Jwt> {

  private final String issuer;
  private final String audience;
  private final Duration skew;
  private final InstantSource clock;

  TokenClaims(String issuer, String audience, Duration skew, InstantSource clock) {
    this.issuer = issuer;
    this.audience = audience;
    this.skew = skew;
    this.clock = clock;
  }

  @Override
  public OAuth2TokenValidatorResult validate(Jwt token) {
    Refusal refusal = refusal(token);
    return refusal == null
        ? OAuth2TokenValidatorResult.success()
        : OAuth2TokenValidatorResult.failure(
            new OAuth2Error(refusal.name(), refusal.detail(), null));
  }

  private @Nullable Refusal refusal(Jwt token) {
    // As it stands: Spring's own accessor takes an issuer for a URL, which it need not be.
    if (!issuer.equals(token.getClaimAsString("iss"))) {
      return Refusal.WRONG_ISSUER;
    }
    if (token.getAudience() == null || !token.getAudience().contains(audience)) {
      return Refusal.WRONG_AUDIENCE;
    }
    Instant expiry = token.getExpiresAt();
    String subject = token.getSubject();
    if (expiry == null || subject == null || subject.isBlank()) {
      return Refusal.INCOMPLETE_TOKEN;
    }
    Instant now = clock.instant();
    if (!now.isBefore(expiry.plus(skew))) {
      return Refusal.EXPIRED;
    }
    Instant start = token.getNotBefore();
    return start != null && now.isBefore(start.minus(skew)) ? Refusal.NOT_YET_VALID : null;
  }
}
