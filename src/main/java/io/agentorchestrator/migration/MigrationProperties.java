package io.agentorchestrator.migration;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * The store of the service before.
 *
 * @param redisUrl {@code REDIS_URL}: the old store, {@code redis://…} or {@code rediss://…} (TLS);
 *     only ever read; none by default
 */
@ConfigurationProperties("orchestrator.migration")
public record MigrationProperties(@Nullable String redisUrl) {

  /** Leaves the address out, which may hold a password. */
  @Override
  public String toString() {
    return "MigrationProperties[]";
  }
}
