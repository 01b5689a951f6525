package io.agentorchestrator.cli;

import io.agentorchestrator.migration.MigrationProperties;
import io.agentorchestrator.redis.RedisAddress;
import org.jspecify.annotations.Nullable;

/** Where the store of the service before is, as the settings and the operator say. */
final class Redis {

  private Redis() {}

  /** The old store; null where none is set. */
  static @Nullable RedisAddress oldStore(Settings settings) {
    String url = settings.get(MigrationProperties.class).redisUrl();
    return url == null || url.isBlank() ? null : parse("REDIS_URL", url);
  }

  /** An address that was named on the command line. */
  static RedisAddress parse(String name, String url) {
    try {
      return RedisAddress.parse(name, url);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(e.getMessage());
    }
  }
}
