package io.agentorchestrator.security;

import io.agentorchestrator.rest.Scope;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.io.Resource;
import org.springframework.validation.annotation.Validated;

/**
 * Who may read.
 *
 * @param mode {@code none}, the default: everybody who reaches the ports, which must then be bound
 *     to loopback; {@code api-key}: whoever has one of {@code api-keys}; {@code jwt}: whoever has a
 *     token of the issuer
 * @param hosts under {@code none}, further host names by which this worker may be asked, for a
 *     proxy on the same machine; others but those of loopback are refused, so that no page in a
 *     browser on this machine reads from it under a name of its own; none by default
 * @param apiKeys the keys, at most 100, each with {@code name}, {@code hash}, {@code scopes} and
 *     {@code expires-at}; the command {@code api-key} makes them. Two of one name are one client
 * @param jwt which tokens are taken
 */
@Validated
@ConfigurationProperties("orchestrator.security")
public record SecurityProperties(
    @NotNull @DefaultValue("none") Mode mode,
    @NotNull @DefaultValue Set<String> hosts,
    @NotNull @Size(max = 100) @DefaultValue List<@Valid ApiKey> apiKeys,
    @Valid @NotNull @DefaultValue Jwt jwt) {

  /** How it is found out who asks. */
  public enum Mode {
    NONE,
    API_KEY,
    JWT
  }

  /**
   * A key that may read. Its hash is checked where it is used and not here: what is refused here is
   * shown in the log, and it might be the key itself, put there by mistake.
   *
   * @param name whose it is, 1 to 100 of letters, digits and {@code . _ -}
   * @param hash what the command {@code api-key} printed
   * @param scopes what it may read
   * @param expiresAt from when it is refused; absent: never
   */
  public record ApiKey(
      @NotNull @Pattern(regexp = "[A-Za-z0-9._-]{1,100}") String name,
      @NotNull String hash,
      @NotEmpty Set<Scope> scopes,
      @Nullable Instant expiresAt) {

    @Override
    public String toString() {
      return "ApiKey[name=%s, scopes=%s, expiresAt=%s]".formatted(name, scopes, expiresAt);
    }
  }

  /**
   * Which tokens are taken. They must be signed, be of the issuer and for the audience, and have a
   * subject and an expiry. Their scopes stand in {@code scope} or {@code scp}.
   *
   * @param issuer the {@code iss} of the tokens; needed under {@code jwt}
   * @param audience what their {@code aud} must hold; needed under {@code jwt}
   * @param jwkSetUri where the issuer's keys are: https, or http on loopback
   * @param publicKey in place of {@code jwk-set-uri}, where the one key is, RSA or EC, as PEM: a
   *     location such as {@code file:/etc/keys/issuer.pem}
   * @param algorithms those they may be signed by, of RS, PS and ES with 256, 384 and 512; default
   *     RS256 and ES256
   * @param clockSkew how far the issuer's clock may be off, 0 to 5 min, default 30 s
   */
  public record Jwt(
      @Nullable String issuer,
      @Nullable String audience,
      @Nullable URI jwkSetUri,
      @Nullable Resource publicKey,
      @NotEmpty @DefaultValue({"RS256", "ES256"})
          Set<@Pattern(regexp = "(RS|PS|ES)(256|384|512)") String> algorithms,
      @DurationMin @DurationMax(minutes = 5) @DefaultValue("30s") Duration clockSkew) {}
}
