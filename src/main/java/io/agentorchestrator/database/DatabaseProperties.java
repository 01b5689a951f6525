package io.agentorchestrator.database;

import jakarta.validation.Valid;
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
 * @param migrationUrl {@code DATABASE_MIGRATION_URL}: the same database by the login that owns the
 *     schema, in the same forms, for migrations and for commands of the command line; by default
 *     {@code url}
 * @param relayUrl {@code DATABASE_RELAY_URL}: the same database by the login that may replicate,
 *     likewise, for the relay; by default {@code url}
 * @param readUrl {@code DATABASE_READ_URL}: a replica for reads, in the same forms; none by default
 * @param replicaRouting whether reads go to the replica where there is one, default true
 * @param poolSize {@code DB_POOL_SIZE}: connections kept, 1 to 500, default 10
 * @param maxOverflow {@code DB_MAX_OVERFLOW}: more of them under load, 0 to 500, default 20
 * @param readPoolSize {@code DB_READ_POOL_SIZE}: the most connections of the reads' own pool, and
 *     of the replica's, 1 to 500, default 10
 * @param maxReplicaLag seconds that the replica may be behind the primary and still answer reads, 1
 *     to 3600, default 10
 * @param poolTimeout {@code DB_POOL_TIMEOUT}: seconds to wait for a connection, 1 to 600, default
 *     30; less than the consumers' {@code max.poll.interval.ms}
 * @param poolRecycle {@code DB_POOL_RECYCLE}: seconds a connection lives, 30 to 86400, default 3600
 * @param leakDetectionThreshold seconds after which a connection that was not given back counts as
 *     leaked, 2 to 3600, default 90; should exceed {@code timeouts.transaction}, for what takes
 *     that long may be honest, and be less than the consumers' {@code max.poll.interval.ms}; at
 *     most what a connection lives
 * @param slowStatement milliseconds after which a running statement is logged, its shape and never
 *     its values, 0 (never) to 600000, default 1000
 * @param timeouts when what hangs is ended, see {@link Timeouts}
 * @param workers how many workers share this PostgreSQL, 1 to 1000, default 1: none starts where
 *     the pools of all could ask for more connections than PostgreSQL gives
 */
@Validated
@ConfigurationProperties("orchestrator.database")
public record DatabaseProperties(
    @NotBlank String url,
    @Nullable String migrationUrl,
    @Nullable String relayUrl,
    @Nullable String readUrl,
    @DefaultValue("true") boolean replicaRouting,
    @Min(1) @Max(500) @DefaultValue("10") int poolSize,
    @Min(0) @Max(500) @DefaultValue("20") int maxOverflow,
    @Min(1) @Max(500) @DefaultValue("10") int readPoolSize,
    @Min(1) @Max(3600) @DefaultValue("10") int maxReplicaLag,
    @Min(1) @Max(600) @DefaultValue("30") int poolTimeout,
    @Min(30) @Max(86_400) @DefaultValue("3600") int poolRecycle,
    @Min(2) @Max(3600) @DefaultValue("90") int leakDetectionThreshold,
    @Min(0) @Max(600_000) @DefaultValue("1000") int slowStatement,
    @Valid @DefaultValue Timeouts timeouts,
    @Min(1) @Max(1000) @DefaultValue("1") int workers) {

  /**
   * When what hangs is ended, in seconds. After the first, each ends what the one before it let
   * pass. The server enforces those in between: the last ends the client's side only, and a server
   * that waits for the lock of a dead client must not wait on.
   *
   * @param connect for a connection to be opened, 1 to 60, default 5
   * @param lock for a row or a table that somebody else has locked, 1 to 3600, default 15
   * @param read of a statement that reads for REST, 1 to 3600, default 2; at most {@code statement}
   * @param statement of any other statement, 1 to 3600, default 40; more than {@code lock}
   * @param idleInTransaction of a transaction in which nothing happens, 1 to 3600, default 50; more
   *     than {@code statement}
   * @param transaction of a transaction as a whole, where PostgreSQL knows that limit (from 17 on),
   *     1 to 3600, default 80; more than {@code idle-in-transaction}, and less than the consumers'
   *     {@code max.poll.interval.ms}
   * @param socket of an answer over a network that may be dead, 1 to 3600, default 60; more than
   *     {@code idle-in-transaction}. Reads for REST wait for at most 2 s more than {@code read}
   */
  public record Timeouts(
      @Min(1) @Max(60) @DefaultValue("5") int connect,
      @Min(1) @Max(3600) @DefaultValue("15") int lock,
      @Min(1) @Max(3600) @DefaultValue("2") int read,
      @Min(1) @Max(3600) @DefaultValue("40") int statement,
      @Min(1) @Max(3600) @DefaultValue("50") int idleInTransaction,
      @Min(1) @Max(3600) @DefaultValue("80") int transaction,
      @Min(1) @Max(3600) @DefaultValue("60") int socket) {

    /**
     * Sees to their order.
     *
     * @throws IllegalArgumentException if one that is to come later would come first
     */
    public Timeouts {
      if (lock >= statement || statement >= idleInTransaction || idleInTransaction >= socket) {
        throw new IllegalArgumentException(
            ("Expected orchestrator.database.timeouts.lock < statement < idle-in-transaction <"
                    + " socket, but they are %d, %d, %d, %d s.")
                .formatted(lock, statement, idleInTransaction, socket));
      }
      if (idleInTransaction >= transaction) {
        throw new IllegalArgumentException(
            ("Expected orchestrator.database.timeouts.idle-in-transaction < transaction, but they"
                    + " are %d, %d s.")
                .formatted(idleInTransaction, transaction));
      }
      if (read > statement) {
        throw new IllegalArgumentException(
            "Expected orchestrator.database.timeouts.read <= statement, but they are %d, %d s."
                .formatted(read, statement));
      }
    }
  }

  /** Leaves the URLs out, which may carry passwords. */
  @Override
  public String toString() {
    return "DatabaseProperties[poolSize=%d, maxOverflow=%d, readPoolSize=%d]"
        .formatted(poolSize, maxOverflow, readPoolSize);
  }
}
