package io.agentorchestrator.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.rest.Scope;
import io.agentorchestrator.security.ApiKeyHash.NewApiKey;
import io.agentorchestrator.security.SecurityProperties.ApiKey;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;

class ApiKeysTest {

  private static final Instant END = Instant.parse("2026-12-01T00:00:00Z");

  private final NewApiKey first = newKey();
  private final NewApiKey second = newKey();
  private Instant now = END.minusMillis(1);
  private final InstantSource clock = () -> now;

  @Test
  void knowsWhoseKeyItIs() {
    ApiKeys keys =
        keys(
            key("grafana", first.hash(), null, Scope.METRICS_READ, Scope.HEALTH_READ),
            key("portal", second.hash(), null, Scope.AGENTS_READ));

    Authentication grafana = authenticate(keys, first.key());
    assertThat(grafana.getName()).isEqualTo("grafana");
    assertThat(grafana.getAuthorities())
        .extracting(GrantedAuthority::getAuthority)
        .containsExactlyInAnyOrder("metrics:read", "health:read");
    assertThat(grafana.getCredentials()).isNull();
    assertThat(authenticate(keys, second.key()).getName()).isEqualTo("portal");
  }

  @Test
  void refusesOtherKeys() {
    ApiKeys keys = keys(key("portal", first.hash(), null, Scope.AGENTS_READ));
    String key = first.key();
    String other = key.endsWith("A") ? "E" : "A";

    assertRefused(keys, second.key(), Refusal.UNKNOWN_KEY);
    assertRefused(keys, key.substring(0, key.length() - 1) + other, Refusal.UNKNOWN_KEY);
    assertRefused(keys, first.hash(), Refusal.UNKNOWN_KEY);
    assertRefused(keys, key + "A", Refusal.UNKNOWN_KEY);
    assertRefused(keys, key.substring(3), Refusal.UNKNOWN_KEY);
  }

  @Test
  void refusesAKeyFromItsEndOn() {
    ApiKeys keys = keys(key("portal", first.hash(), END, Scope.AGENTS_READ));
    assertThat(authenticate(keys, first.key()).getName()).isEqualTo("portal");

    now = END;

    assertRefused(keys, first.key(), Refusal.EXPIRED);
  }

  @Test
  void takesTheOldKeyAndTheNewOneWhileAClientChangesOver() {
    ApiKeys keys =
        keys(
            key("portal", first.hash(), END, Scope.AGENTS_READ),
            key("portal", second.hash(), null, Scope.AGENTS_READ));
    assertThat(authenticate(keys, first.key()).getName()).isEqualTo("portal");
    assertThat(authenticate(keys, second.key()).getName()).isEqualTo("portal");

    now = END;

    assertRefused(keys, first.key(), Refusal.EXPIRED);
    assertThat(authenticate(keys, second.key()).getName()).isEqualTo("portal");
  }

  @Test
  void takesAKeyThatIsListedAnewWithALaterEnd() {
    ApiKeys keys =
        keys(
            key("portal", first.hash(), END, Scope.AGENTS_READ),
            key("portal", first.hash(), null, Scope.AGENTS_READ));
    now = END;

    assertThat(authenticate(keys, first.key()).getName()).isEqualTo("portal");
  }

  @Test
  void doesNotStartWithoutAKey() {
    assertThatThrownBy(ApiKeysTest::keys)
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("there is no key");
  }

  /** An operator may well have put the key where its hash belongs. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sha256:",
        "sha256:AAAAAAAAAAAAAAAAAAAAAA:short",
        "ao_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      })
  void doesNotStartWithAHashThatIsNoneAndDoesNotShowIt(String hash) {
    ApiKey good = key("portal", first.hash(), null, Scope.AGENTS_READ);
    ApiKey bad = key("portal", hash, null, Scope.AGENTS_READ);

    assertThatThrownBy(() -> keys(good, bad))
        .isInstanceOf(StartRefusedException.class)
        .hasMessage("orchestrator.security.api-keys[1].hash is none. Expected sha256:salt:hash.");
    assertThat(bad.toString()).doesNotContain("hash");
  }

  @Test
  void makesADifferentKeyAndSaltEachTime() {
    Set<String> texts = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      NewApiKey made = newKey();
      assertThat(ApiKeyHash.isKey(made.key())).isTrue();
      assertThat(ApiKeyHash.parse(made.hash()).isOf(made.key())).isTrue();
      assertThat(made.toString()).doesNotContain(made.key());
      texts.add(made.key());
      texts.add(made.hash().split(":", -1)[1]);
    }
    assertThat(texts).hasSize(200);
  }

  private static NewApiKey newKey() {
    return ApiKeyHash.newKey(new SecureRandom());
  }

  private static ApiKey key(String name, String hash, @Nullable Instant end, Scope... scopes) {
    return new ApiKey(name, hash, Set.of(scopes), end);
  }

  private ApiKeys keys(ApiKey... keys) {
    return new ApiKeys(List.of(keys), clock);
  }

  private static ApiKeys keys() {
    return new ApiKeys(List.of(), InstantSource.system());
  }

  private static Authentication authenticate(ApiKeys keys, String key) {
    return keys.authenticate(new BearerTokenAuthenticationToken(key));
  }

  private static void assertRefused(ApiKeys keys, String key, Refusal refusal) {
    assertThatThrownBy(() -> authenticate(keys, key))
        .isInstanceOfSatisfying(
            RefusedCredentialsException.class,
            refused -> assertThat(refused.refusal()).isEqualTo(refusal))
        .hasMessageNotContaining(key);
  }
}
