package io.agentorchestrator.services;

import io.agentorchestrator.database.DatabaseClock;
import io.agentorchestrator.log.Cause;
import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.log.LogGate;
import io.agentorchestrator.log.OrchestrationLog;
import io.agentorchestrator.messages.LogEvent;
import jakarta.persistence.EntityManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Which service is probed when and by whom, and what that came to: a narrow row each, which moves
 * with every probe. All workers share them.
 *
 * <p>A worker claims a service by its row, probes it with no transaction open, and records what it
 * saw. Until then the row says when the claim is lost, should the worker be; whoever comes with a
 * claim that is no longer its own is not heard.
 *
 * <p>Workers may be configured differently, while one after the other is replaced. The one that
 * started last decides on a service's URL; those with another leave the service alone.
 *
 * <p>Such a transaction locks a service's row here and then the one in {@code service_health}, and
 * no others, so it stands in no circle with any of the rest.
 */
@Component
class ServiceChecks {

  private static final String SOURCE = LogEvent.SOURCE + "/monitor";

  /** How long it may take a worker, besides the probe, to claim and to record. */
  private static final Duration RESERVE = Duration.ofSeconds(15);

  private static final String REGISTER =
      """
      INSERT INTO service_checks AS known (service_id, url, registered_at, next_check_at)
      SELECT id::uuid, url, orchestrator_clock(), orchestrator_clock()
      FROM unnest(?, ?) AS service (id, url) ORDER BY id::uuid
      ON CONFLICT (service_id) DO\s""";

  private static final String TAKE_OVER =
      """
      UPDATE SET url = EXCLUDED.url, registered_at = EXCLUDED.registered_at,
        next_check_at = EXCLUDED.next_check_at, claim = NULL, last_checked_at = NULL,
        response_time_ms = NULL, last_error = NULL,
        failures = 0, impaired = 0, answers = 0, successes = 0
      WHERE known.url <> EXCLUDED.url""";

  /** A moment that is too far ahead was set by a clock that has been put back since. */
  private static final String DUE =
      """
      FROM service_checks AS checks
      JOIN unnest(?, ?, ?, ?) AS service (id, url, lease, longest)
        ON checks.service_id = service.id::uuid AND checks.url = service.url
      WHERE checks.next_check_at <= orchestrator_clock()
        OR checks.next_check_at > orchestrator_clock() + make_interval(secs => service.longest)""";

  private static final String IS_ANY_DUE = "SELECT EXISTS (SELECT %s)".formatted(DUE);

  private static final String CLAIM =
      """
      WITH due AS MATERIALIZED (
        SELECT checks.service_id, service.lease, orchestrator_clock() AS now
        %s
        ORDER BY checks.next_check_at LIMIT ?
        FOR NO KEY UPDATE OF checks SKIP LOCKED)
      UPDATE service_checks AS claimed
      SET claim = gen_random_uuid(), next_check_at = due.now + make_interval(secs => due.lease)
      FROM due WHERE claimed.service_id = due.service_id
      RETURNING claimed.service_id, claimed.claim, due.now"""
          .formatted(DUE);

  private static final String OWN =
      """
      SELECT failures, impaired, answers, successes FROM service_checks
      WHERE service_id = ? AND claim = ? FOR NO KEY UPDATE""";

  private static final String RECORD =
      """
      UPDATE service_checks
      SET claim = NULL, next_check_at = ?, last_checked_at = ?, response_time_ms = ?,
        last_error = ?, failures = ?, impaired = ?, answers = ?, successes = ?
      WHERE service_id = ?""";

  private static final String STATES =
      """
      SELECT service_id, response_time_ms, last_checked_at, last_error, failures,
        coalesce(last_checked_at, registered_at) + make_interval(secs => service.patience)
          < orchestrator_clock() AS stale
      FROM unnest(?, ?) AS service (id, patience)
      JOIN service_checks ON service_id = service.id::uuid""";

  /**
   * A service that this worker alone is to probe now.
   *
   * @param id what the claim is known by
   * @param service what is to be probed
   * @param at when it was claimed
   */
  record Claim(UUID id, MonitoredService service, Instant at) {}

  /**
   * What the last probe of a service came to.
   *
   * @param responseTimeMs how long the answer took; null without one
   * @param lastCheckedAt when it was recorded; null before the first
   * @param lastError what was wrong; null if nothing was
   * @param failures how many in a row, up to the last, failed
   * @param stale whether there should have been another long ago
   */
  record State(
      @Nullable Integer responseTimeMs,
      @Nullable Instant lastCheckedAt,
      @Nullable String lastError,
      int failures,
      boolean stale) {}

  private final JdbcClient jdbc;
  private final EntityManager entityManager;
  private final ServiceHealthRepository repository;
  private final LogGate logGate;
  private final DatabaseClock clock;
  private final OrchestrationLog log;

  ServiceChecks(
      JdbcClient jdbc,
      EntityManager entityManager,
      ServiceHealthRepository repository,
      LogGate logGate,
      DatabaseClock clock,
      OrchestrationLog log) {
    this.jdbc = jdbc;
    this.entityManager = entityManager;
    this.repository = repository;
    this.logGate = logGate;
    this.clock = clock;
    this.log = log;
  }

  /**
   * Makes services known.
   *
   * @param takeOver whether the URLs given are to be the ones that are probed from now on, which is
   *     for a worker to say when it starts; if not, only services that nobody knows are added
   */
  @Transactional
  void register(Collection<MonitoredService> services, boolean takeOver) {
    logGate.enter();
    jdbc.sql(REGISTER + (takeOver ? TAKE_OVER : "NOTHING"))
        .params(ids(services), urls(services))
        .update();
  }

  /**
   * Claims services whose turn it is, those first that wait longest.
   *
   * @param services those that may be claimed
   * @param most how many
   */
  @Transactional
  List<Claim> claim(Collection<MonitoredService> services, int most) {
    Double[] leases = seconds(services, each -> each.timeout().plus(RESERVE));
    Double[] longest =
        seconds(services, each -> each.interval().plus(each.timeout()).plus(RESERVE));
    Object[] wanted = {ids(services), urls(services), leases, longest};
    if (!jdbc.sql(IS_ANY_DUE).params(wanted).query(Boolean.class).single()) {
      return List.of();
    }
    logGate.enter();
    Map<UUID, MonitoredService> byId =
        services.stream().collect(Collectors.toMap(MonitoredService::id, Function.identity()));
    return jdbc.sql(CLAIM)
        .params(wanted)
        .param(most)
        .query(
            (row, n) ->
                new Claim(
                    row.getObject(2, UUID.class),
                    Objects.requireNonNull(byId.get(row.getObject(1, UUID.class))),
                    row.getObject(3, OffsetDateTime.class).toInstant()))
        .list();
  }

  /**
   * Records what a probe saw, with the event of what that changes.
   *
   * @return what is held of the service from now on, if that changed; empty also where the claim
   *     has been lost, which leaves no trace
   */
  @Transactional
  Optional<ServiceStatus> record(Claim claim, Observation seen) {
    logGate.enter();
    UUID id = claim.service().id();
    Optional<Streaks> before =
        jdbc.sql(OWN).params(id, claim.id()).query(ServiceChecks::streaks).optional();
    if (before.isEmpty()) {
      return Optional.empty();
    }
    Optional<ServiceHealth> known = repository.lock(id);
    LogBatch batch = new LogBatch(clock.now());
    Streaks streaks = before.get().after(seen.outcome());
    keep(claim, seen, streaks, batch.now());
    ServiceHealth health = known.orElseGet(() -> new ServiceHealth(claim.service(), batch.now()));
    long versionBefore = health.entityVersion();
    Supplier<Decision> probed = () -> health.probed(claim.service(), streaks, seen);
    if (known.isPresent()) {
      batch.change(cause(claim), health, probed);
    } else if (probed.get() instanceof Decision.Occurred occurred) {
      batch.created(cause(claim), health, occurred);
      entityManager.persist(health);
    }
    log.write(batch);
    return health.entityVersion() == versionBefore
        ? Optional.empty()
        : Optional.of(health.status());
  }

  private void keep(Claim claim, Observation seen, Streaks streaks, Instant now) {
    Instant next = claim.at().plus(claim.service().interval());
    Duration responseTime = seen.responseTime();
    jdbc.sql(RECORD)
        .params(
            Arrays.asList(
                (next.isAfter(now) ? next : now).atOffset(ZoneOffset.UTC),
                now.atOffset(ZoneOffset.UTC),
                responseTime == null ? null : (int) responseTime.toMillis(),
                seen.error(),
                streaks.failures(),
                streaks.impaired(),
                streaks.answers(),
                streaks.successes(),
                claim.service().id()))
        .update();
  }

  /** Each claim acts as if it were a command. */
  private static Cause cause(Claim claim) {
    return new Cause(
        SOURCE, claim.id().toString(), null, null, "service.check", SOURCE, null, null);
  }

  /** Returns what is known of the last probes of the services given; of others nothing. */
  @Transactional(propagation = Propagation.MANDATORY)
  Map<UUID, State> states(Collection<MonitoredService> services) {
    Map<UUID, State> states = new HashMap<>();
    jdbc.sql(STATES)
        .params(ids(services), seconds(services, MonitoredService::patience))
        .query(
            row -> {
              states.put(row.getObject(1, UUID.class), state(row));
            });
    return states;
  }

  private static State state(ResultSet row) throws SQLException {
    OffsetDateTime lastCheckedAt = row.getObject(3, OffsetDateTime.class);
    return new State(
        row.getObject(2, Integer.class),
        lastCheckedAt == null ? null : lastCheckedAt.toInstant(),
        row.getString(4),
        row.getInt(5),
        row.getBoolean(6));
  }

  private static Streaks streaks(ResultSet row, int n) throws SQLException {
    return new Streaks(row.getInt(1), row.getInt(2), row.getInt(3), row.getInt(4));
  }

  private static String[] ids(Collection<MonitoredService> services) {
    return services.stream().map(each -> each.id().toString()).toArray(String[]::new);
  }

  private static String[] urls(Collection<MonitoredService> services) {
    return services.stream().map(MonitoredService::url).toArray(String[]::new);
  }

  private static Double[] seconds(
      Collection<MonitoredService> services, Function<MonitoredService, Duration> time) {
    return services.stream().map(each -> time.apply(each).toMillis() / 1e3).toArray(Double[]::new);
  }
}
