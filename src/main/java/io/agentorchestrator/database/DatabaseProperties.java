package io.agentorchestrator.database;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The database and the pool of connections to it, by the names people know from the environment.
 *
 * @param url {@code DATABASE_URL}, see {@link DatabaseUrl}
 * @param readUrl {@code DATABASE_READ_URL}: a replica for reads, in the same forms; none by default
 * @param poolSize {@code DB_POOL_SIZE}: connections kept, 1 to 500, default 10
 * @param maxOverflow {@code DB_MAX_OVERFLOW}: more of them under load, 0 to 500, default 20
 * @param readPoolSize {@code DB_READ_POOL_SIZE}: the most connections of the reads' own pool, and
 *     of the replica's, 1 to 500, default 10
 * @param maxReplicaLag seconds that the replica may be behind the primary and still answer reads, 1
 *     to 3600, default 10
 * @param poolTimeout {@code DB_POOL_TIMEOUT}: seconds to wait for a connection, 1 to 600, default
 *     30
 * @param poolRecycle {@code DB_POOL_RECYCLE}: seconds a connection lives, 30 to 86400, default 3600
 * @param leakDetectionThreshold seconds after which a connection that was not given back counts as
 *     leaked, 2 to 3600, default 90; must exceed the longest honest transaction; at most what a
 *     connection lives
 */
@Validated
@ConfigurationProperties("orchestrator.database")
public record DatabaseProperties(
    @NotBlank String url,
    @Nullable String readUrl,
    @Min(1) @Max(500) @DefaultValue("10") int poolSize,
    @Min(0) @Max(500) @DefaultValue("20") int maxOverflow,
    @Min(1) @Max(500) @DefaultValue("10") int readPoolSize,
    @Min(1) @Max(3600) @DefaultValue("10") int maxReplicaLag,
    @Min(1) @Max(600) @DefaultValue("30") int poolTimeout,
    @Min(30) @Max(86_400) @DefaultValue("3600") int poolRecycle,
    @Min(2) @Max(3600) @DefaultValue("90") int leakDetectionThreshold) {

  /** Leaves the URLs out, which may carry passwords. */
  @Override
  public String toString() {
    return "DatabaseProperties[poolSize=%d, maxOverflow=%d, readPoolSize=%d]"
        .formatted(poolSize, maxOverflow, readPoolSize);
  }
}
