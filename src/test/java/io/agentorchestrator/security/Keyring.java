package io.agentorchestrator.security;

import io.agentorchestrator.rest.Scope;
import io.agentorchestrator.security.ApiKeyHash.NewApiKey;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Credentials of all kinds for a worker that asks who reads, and the settings by which it knows
 * them: for tests that start one of their own, since at the shared ones others are held to a rate.
 * What may be read with them is {@link WhoMayRead}'s to say.
 */
public final class Keyring implements AutoCloseable {

  /** Longer than any test: it is no test's subject that they expire. */
  private static final long LIFETIME_SECONDS = 86_400;

  private static final String ALL =
      Arrays.stream(Scope.values()).map(Scope::value).collect(Collectors.joining(" "));

  private final List<String> settings;
  private final String full;
  private final String narrow;
  private final List<String> wrong;
  private final boolean ofKeys;
  private final @Nullable Issuer issuer;

  private Keyring(
      List<String> settings,
      String full,
      String narrow,
      List<String> wrong,
      boolean ofKeys,
      @Nullable Issuer issuer) {
    this.settings = settings;
    this.full = full;
    this.narrow = narrow;
    this.wrong = wrong;
    this.ofKeys = ofKeys;
    this.issuer = issuer;
  }

  /** One of API keys. */
  public static Keyring ofKeys() {
    SecureRandom random = new SecureRandom();
    NewApiKey full = ApiKeyHash.newKey(random);
    NewApiKey narrow = ApiKeyHash.newKey(random);
    NewApiKey expired = ApiKeyHash.newKey(random);
    return new Keyring(
        List.of(
            "--orchestrator.security.mode=api-key",
            "--orchestrator.rest.rate-limit.requests-per-second=0",
            "--orchestrator.security.api-keys[0].name=full",
            "--orchestrator.security.api-keys[0].hash=" + full.hash(),
            "--orchestrator.security.api-keys[0].scopes=" + ALL.replace(' ', ','),
            "--orchestrator.security.api-keys[1].name=narrow",
            "--orchestrator.security.api-keys[1].hash=" + narrow.hash(),
            "--orchestrator.security.api-keys[1].scopes=" + Scope.METRICS_READ.value(),
            "--orchestrator.security.api-keys[2].name=expired",
            "--orchestrator.security.api-keys[2].hash=" + expired.hash(),
            "--orchestrator.security.api-keys[2].scopes=" + ALL.replace(' ', ','),
            "--orchestrator.security.api-keys[2].expires-at=2020-01-01T00:00:00Z"),
        full.key(),
        narrow.key(),
        List.of(
            ApiKeyHash.newKey(random).key(),
            expired.key(),
            full.hash(),
            full.hash().replace(":", "."),
            Issuer.unsigned()),
        true,
        null);
  }

  /** One of tokens, and of the issuer who signs them. */
  public static Keyring ofTokens() {
    Issuer issuer = new Issuer();
    return new Keyring(
        List.of(
            "--orchestrator.security.mode=jwt",
            "--orchestrator.security.jwt.issuer=" + Issuer.NAME,
            "--orchestrator.security.jwt.audience=" + Issuer.AUDIENCE,
            "--orchestrator.security.jwt.jwk-set-uri=" + issuer.keys(),
            "--orchestrator.rest.rate-limit.requests-per-second=0"),
        token(issuer, ALL),
        token(issuer, Scope.METRICS_READ.value()),
        List.of(
            Issuer.unsigned(),
            issuer.signedWithThePublicKey(),
            Issuer.token(Issuer.rsa("x"), issuer.rsa.getKeyID()),
            Issuer.token(Issuer.rsa("x"), "x"),
            issuer.token(claims -> claims.audience("somebody-else")),
            issuer.token(claims -> claims.issuer("https://evil.example")),
            issuer.token(claims -> claims.expirationTime(Date.from(Instant.EPOCH))),
            ApiKeyHash.newKey(new SecureRandom()).key()),
        false,
        issuer);
  }

  private static String token(Issuer issuer, String scopes) {
    return issuer.token(
        claims ->
            claims
                .expirationTime(Date.from(Instant.now().plusSeconds(LIFETIME_SECONDS)))
                .claim("scope", scopes));
  }

  /** What the worker is to be started with. It holds nobody to a rate. */
  public List<String> settings() {
    return settings;
  }

  /** What is taken, with every scope. */
  public String full() {
    return full;
  }

  /** What is taken, with a scope that no path of the reads needs: that of the metrics. */
  public String narrow() {
    return narrow;
  }

  /** What is not taken, each for a reason of its own. */
  public List<String> wrong() {
    return wrong;
  }

  /** Whether they are API keys, which also come in a header of their own. */
  public boolean isOfKeys() {
    return ofKeys;
  }

  @Override
  public void close() {
    if (issuer != null) {
      issuer.close();
    }
  }
}
