package io.agentorchestrator.database;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.agentorchestrator.database.DatabaseProbe.Answer;
import io.agentorchestrator.database.DatabaseProbe.Findings;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * Judges the database, its pools of connections and its replication slot. Never waits for a pool.
 */
@Component
class DatabaseHealth {

  /**
   * A pool of connections.
   *
   * @param poolSize the connections that are kept
   * @param checkedIn those that wait for work
   * @param checkedOut those at work
   * @param overflow those beyond what is kept
   * @param waiting how many wait for one
   * @param max the most there may be
   */
  @Schema(name = "Pool")
  record Pool(
      @Schema(description = "Connections that are kept.", minimum = "1") int poolSize,
      @Schema(description = "Those that wait for work.", minimum = "0") int checkedIn,
      @Schema(description = "Those at work.", minimum = "0") int checkedOut,
      @Schema(description = "Those beyond pool_size.", minimum = "0") int overflow,
      @Schema(description = "How many wait for a connection.", minimum = "0") int waiting,
      @Schema(description = "The most connections there may be.", minimum = "1") int max) {

    static Pool of(HikariDataSource dataSource) {
      int kept = dataSource.getMinimumIdle();
      int max = dataSource.getMaximumPoolSize();
      HikariPoolMXBean now = dataSource.getHikariPoolMXBean();
      return now == null // Nobody has asked for a connection yet.
          ? new Pool(kept, 0, 0, 0, 0, max)
          : new Pool(
              kept,
              now.getIdleConnections(),
              now.getActiveConnections(),
              Math.max(0, now.getTotalConnections() - kept),
              now.getThreadsAwaitingConnection(),
              max);
    }

    boolean isExhausted() {
      return waiting > 0 && checkedIn == 0 && checkedOut > 0;
    }
  }

  /**
   * Connections that are overdue.
   *
   * @param suspected how many are now
   * @param total how many were since the start
   */
  record Leaks(
      @Schema(description = "Connections overdue now.", minimum = "0") long suspected,
      @Schema(description = "Connections overdue since the start.", minimum = "0") long total) {}

  /**
   * The judgement.
   *
   * @param status {@code healthy}; {@code degraded} where the database answers, but there are
   *     problems, or something could not be read; {@code unhealthy} where it does not
   * @param latencyMs how long the simplest statement took, in milliseconds
   * @param serverVersion PostgreSQL's version
   * @param schemaVersion the newest migration's version
   * @param pool the pool of the commands
   * @param pools all pools by name
   * @param leaks connections that are overdue
   * @param replicationSlot from which the log is relayed
   * @param longestTransactionSeconds see {@link Housekeeping}
   * @param deadTuples likewise
   * @param problems why the status is not healthy, one sentence each
   */
  @Schema(name = "DatabaseHealth")
  record Report(
      @Schema(
              description =
                  "unhealthy where the database does not answer, degraded where there are other"
                      + " problems.",
              allowableValues = {"healthy", "degraded", UNHEALTHY})
          String status,
      @Schema(
              description =
                  "How long the simplest statement took; null where the database does not answer.",
              minimum = "0")
          @Nullable Double latencyMs,
      @Nullable String serverVersion,
      @Schema(description = "The newest migration's.") @Nullable String schemaVersion,
      Pool pool,
      @Schema(
              description = "All pools by name; pool is the one of the commands.",
              requiredProperties = DatabaseConfiguration.COMMANDS_POOL)
          Map<String, Pool> pools,
      Leaks leaks,
      @Schema(description = "Where the log is relayed from; null is unknown.")
          ReplicationSlot replicationSlot,
      @Schema(
              description =
                  "Since when the oldest open transaction runs, as far as the worker may see; null"
                      + " is unknown. Over 600 is a problem.",
              minimum = "0")
          @Nullable Double longestTransactionSeconds,
      @Schema(
              description =
                  "Dead rows by table, of those that change all the time, as PostgreSQL estimates"
                      + " them; null is unknown. 100,000 or more that outnumber the living are a"
                      + " problem.",
              minimum = "0")
          @Nullable Map<String, Long> deadTuples,
      @ArraySchema(
              arraySchema = @Schema(description = "Why the status is not healthy."),
              schema = @Schema(minLength = 1))
          List<String> problems) {

    boolean isUnhealthy() {
      return status.equals(UNHEALTHY);
    }
  }

  private static final String UNHEALTHY = "unhealthy";

  private final DatabaseProbe probe;
  private final List<HikariDataSource> dataSources;
  private final ConnectionLeaks leaks;
  private final ReadBreaker reads;
  private final ObjectProvider<ReplicaWatch> replica;

  DatabaseHealth(
      DatabaseProbe probe,
      List<HikariDataSource> dataSources,
      ConnectionLeaks leaks,
      ReadBreaker reads,
      ObjectProvider<ReplicaWatch> replica) {
    this.probe = probe;
    this.dataSources = dataSources;
    this.leaks = leaks;
    this.reads = reads;
    this.replica = replica;
  }

  /** Judges, within 1.5 s. */
  Report report() {
    Findings findings = probe.look();
    Map<String, Pool> pools = new LinkedHashMap<>();
    dataSources.forEach(each -> pools.put(each.getPoolName(), Pool.of(each)));
    List<String> problems = new ArrayList<>(findings.problems());
    Answer answer = findings.answer();
    Double latency = answer.latencyMs();
    if (latency != null && answer.isSlow()) {
      problems.add("PostgreSQL takes %.0f ms for the simplest statement.".formatted(latency));
    }
    pools.forEach(
        (name, pool) -> {
          if (pool.isExhausted()) {
            problems.add(
                "All %d connections of the pool %s are at work, and %d wait for one."
                    .formatted(pool.checkedOut(), name, pool.waiting()));
          }
        });
    long suspected = leaks.suspected();
    if (suspected > 0) {
      problems.add("%d connections have not been given back in time.".formatted(suspected));
    }
    if (reads.isOpen()) {
      problems.add("Reads are refused at once, until one gets a connection again.");
    }
    replica.ifAvailable(watch -> watch.problem().ifPresent(problems::add));
    return new Report(
        status(answer, problems),
        latency,
        answer.serverVersion(),
        findings.schemaVersion(),
        Objects.requireNonNull(pools.get(DatabaseConfiguration.COMMANDS_POOL)),
        pools,
        new Leaks(suspected, leaks.total()),
        findings.slot(),
        findings.housekeeping().longestTransactionSeconds(),
        findings.housekeeping().deadTuples(),
        problems);
  }

  private static String status(Answer answer, List<String> problems) {
    if (!answer.isGiven()) {
      return UNHEALTHY;
    }
    return problems.isEmpty() ? "healthy" : "degraded";
  }
}
