package io.agentorchestrator.database;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.StateTransition;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives reads their connections to the primary, and keeps them from piling up in front of one that
 * is away: a circuit breaker, which refuses all at once while it is open and lets one through now
 * and then to see.
 *
 * <p>It judges by whether there is a connection, and by nothing else: each is tested as it is given
 * out, so who gets one has just heard from PostgreSQL, and one statement that fails says nothing
 * about the next read. Who waits for longer than {@link #LOOK_UP} looks whether PostgreSQL answers
 * at all. If not, the circuit opens there and then; if it does, the pool is merely exhausted, and
 * the wait goes on for as long as {@code DB_POOL_TIMEOUT} says. When half of the latest waits were
 * in vain, the circuit opens, too.
 */
final class ReadBreaker {

  /** After so long a wait it is worth knowing whether there is anything to wait for. */
  static final Duration LOOK_UP = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(ReadBreaker.class);

  /** An answer so young is another's answer, too: of an exhausted pool many wait. */
  private static final Duration ANSWER_HOLDS = Duration.ofMillis(500);

  /**
   * Opens by itself again, by a timer: measured by the wall clock, as it else would be, an hour put
   * back would keep it open for an hour.
   */
  private static final CircuitBreakerConfig CONFIG =
      CircuitBreakerConfig.custom()
          .slidingWindowSize(10)
          .minimumNumberOfCalls(5)
          .failureRateThreshold(50)
          .waitDurationInOpenState(Duration.ofSeconds(2))
          .enableAutomaticTransitionFromOpenToHalfOpen()
          .permittedNumberOfCallsInHalfOpenState(1)
          .build();

  private final HikariDataSource pool;
  private final long patienceNanos;
  private final BooleanSupplier databaseAnswers;
  private final CircuitBreaker circuit;
  private volatile @Nullable Long lastAnswer;

  /**
   * Closed at first.
   *
   * @param pool gives up after {@link #LOOK_UP}
   * @param patience how long a read waits for a connection while PostgreSQL answers
   * @param databaseAnswers looks, in a bounded time, whether it does
   */
  ReadBreaker(
      HikariDataSource pool,
      Duration patience,
      BooleanSupplier databaseAnswers,
      MeterRegistry meters) {
    this.pool = pool;
    this.patienceNanos = patience.toNanos();
    this.databaseAnswers = databaseAnswers;
    CircuitBreakerRegistry circuits = CircuitBreakerRegistry.of(CONFIG);
    this.circuit = circuits.circuitBreaker("reads");
    TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(circuits).bindTo(meters);
    circuit
        .getEventPublisher()
        .onStateTransition(transition -> tell(transition.getStateTransition()));
  }

  /**
   * Gives one, which the caller closes.
   *
   * @throws SQLTransientConnectionException with SQLSTATE 08001 if PostgreSQL is away, at once
   *     where that is known
   * @throws SQLException if none was free in time
   */
  Connection connection() throws SQLException {
    if (!circuit.tryAcquirePermission()) {
      throw away(null);
    }
    long start = System.nanoTime();
    try {
      Connection connection = await(start);
      circuit.onSuccess(System.nanoTime() - start, TimeUnit.NANOSECONDS);
      return connection;
    } catch (SQLException e) {
      circuit.onError(System.nanoTime() - start, TimeUnit.NANOSECONDS, e);
      if (e instanceof AwayException && circuit.getState() == State.CLOSED) {
        circuit.transitionToOpenState();
      }
      throw e;
    } catch (RuntimeException | Error e) {
      circuit.releasePermission();
      throw e;
    }
  }

  /** Whether reads are refused at once. */
  boolean isOpen() {
    return circuit.getState() == State.OPEN;
  }

  private Connection await(long start) throws SQLException {
    boolean probing = circuit.getState() != State.CLOSED;
    if ((probing || isEmpty()) && !hasAnswered()) {
      throw away(null);
    }
    long patience = probing ? LOOK_UP.toNanos() : patienceNanos;
    while (true) {
      try {
        return pool.getConnection();
      } catch (SQLTransientConnectionException e) {
        if (!hasAnswered()) {
          throw away(e);
        }
        if (System.nanoTime() - start >= patience) {
          throw e;
        }
      }
    }
  }

  private boolean hasAnswered() {
    Long then = lastAnswer;
    if (then != null && System.nanoTime() - then < ANSWER_HOLDS.toNanos()) {
      return true;
    }
    long now = System.nanoTime();
    boolean answers = databaseAnswers.getAsBoolean();
    lastAnswer = answers ? now : null;
    return answers;
  }

  /** A pool that has lost all its connections would try for long to open one. */
  private boolean isEmpty() {
    HikariPoolMXBean now = pool.getHikariPoolMXBean();
    return now == null || now.getTotalConnections() == 0;
  }

  private static AwayException away(@Nullable SQLException cause) {
    return new AwayException(cause);
  }

  private static void tell(StateTransition transition) {
    if (transition == StateTransition.CLOSED_TO_OPEN) {
      LOG.warn("Reads get no connection; until one does again, they are refused at once");
    } else if (transition == StateTransition.HALF_OPEN_TO_CLOSED) {
      LOG.info("Reads get connections again");
    }
  }

  /** PostgreSQL is known to be away. */
  private static final class AwayException extends SQLTransientConnectionException {
    AwayException(@Nullable SQLException cause) {
      super("PostgreSQL does not answer.", "08001", cause);
    }
  }
}
