package io.agentorchestrator.security;

import io.agentorchestrator.rest.Scope;
import io.agentorchestrator.security.SecurityProperties.ApiKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/**
 * Finds out whose key was sent. A key is replaced by a second one of the same name: both are taken
 * until the first expires or is removed.
 */
final class ApiKeys implements AuthenticationManager {

  private record Entry(
      String name, ApiKeyHash hash, Set<Scope> scopes, @Nullable Instant expiresAt) {

    boolean isExpiredAt(Instant now) {
      return expiresAt != null && !now.isBefore(expiresAt);
    }
  }

  private final List<Entry> entries = new ArrayList<>();
  private final InstantSource clock;

  /**
   * Takes the keys.
   *
   * @throws StartRefusedException if there is none, or a hash is none; it names the place alone
   */
  ApiKeys(List<ApiKey> keys, InstantSource clock) {
    this.clock = clock;
    if (keys.isEmpty()) {
      throw new StartRefusedException(
          "orchestrator.security.mode is api-key, but there is no key: nobody could read.",
          "Make one with the command api-key, and set orchestrator.security.api-keys[0].");
    }
    for (int i = 0; i < keys.size(); i++) {
      ApiKey key = keys.get(i);
      try {
        entries.add(
            new Entry(key.name(), ApiKeyHash.parse(key.hash()), key.scopes(), key.expiresAt()));
      } catch (IllegalArgumentException e) {
        throw new StartRefusedException(
            "orchestrator.security.api-keys[%d].hash is none. %s".formatted(i, e.getMessage()),
            "Set what the command api-key printed as the hash. If this is a key, it was exposed:"
                + " make a new one.");
      }
    }
  }

  @Override
  public Authentication authenticate(Authentication given) {
    if (!(given.getCredentials() instanceof String key) || !ApiKeyHash.isKey(key)) {
      throw new RefusedCredentialsException(Refusal.UNKNOWN_KEY);
    }
    Instant now = clock.instant();
    Entry found = null;
    // All of them, whichever it is: how long it takes tells nothing.
    for (Entry each : entries) {
      if (each.hash().isOf(key) && (found == null || found.isExpiredAt(now))) {
        found = each;
      }
    }
    if (found == null) {
      throw new RefusedCredentialsException(Refusal.UNKNOWN_KEY);
    }
    if (found.isExpiredAt(now)) {
      throw new RefusedCredentialsException(Refusal.EXPIRED);
    }
    return UsernamePasswordAuthenticationToken.authenticated(
        found.name(),
        null,
        found.scopes().stream().map(scope -> new SimpleGrantedAuthority(scope.value())).toList());
  }
}
