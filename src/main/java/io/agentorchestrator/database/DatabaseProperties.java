package io.agentorchestrator.database;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The database and the pool of connections to it, by the names people know from the environment.
 *
 * @param url {@code DATABASE_URL}, see {@link DatabaseUrl}
 * @param poolSize {@code DB_POOL_SIZE}: connections kept, 1 to 500, default 10
 * @param maxOverflow {@code DB_MAX_OVERFLOW}: more of them under load, 0 to 500, default 20
 * @param poolTimeout {@code DB_POOL_TIMEOUT}: seconds to wait for a connection, 1 to 600, default
 *     30
 * @param poolRecycle {@code DB_POOL_RECYCLE}: seconds a connection lives, 30 to 86400, default 3600
 */
@Validated
@ConfigurationProperties("orchestrator.database")
record DatabaseProperties(
    @NotBlank String url,
    @Min(1) @Max(500) @DefaultValue("10") int poolSize,
    @Min(0) @Max(500) @DefaultValue("20") int maxOverflow,
    @Min(1) @Max(600) @DefaultValue("30") int poolTimeout,
    @Min(30) @Max(86_400) @DefaultValue("3600") int poolRecycle) {

  /** Leaves the URL out, which may carry a password. */
  @Override
  public String toString() {
    return "DatabaseProperties[poolSize=%d, maxOverflow=%d]".formatted(poolSize, maxOverflow);
  }
}
