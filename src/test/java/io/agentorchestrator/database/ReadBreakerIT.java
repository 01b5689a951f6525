package io.agentorchestrator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.agentorchestrator.local.Servers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With a pool of one connection, so that whoever has it keeps all others waiting. */
class ReadBreakerIT {

  private static final Duration AT_ONCE = Duration.ofMillis(300);

  private volatile boolean answers = true;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final HikariDataSource pool = new HikariDataSource();
  private final ReadBreaker reads =
      new ReadBreaker(pool, Duration.ofSeconds(3), () -> answers, meters);

  @BeforeEach
  void open() {
    pool.setJdbcUrl(Servers.shared().jdbcUrl("postgres"));
    pool.setMaximumPoolSize(1);
    pool.setConnectionTimeout(ReadBreaker.LOOK_UP.toMillis());
  }

  @AfterEach
  void close() {
    pool.close();
  }

  /** Returns how long it took. */
  private static Duration refused(ThrowingCallable read, @Nullable String sqlState) {
    long start = System.nanoTime();
    assertThatThrownBy(read)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(sqlState));
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private void read() throws SQLException {
    try (Connection connection = reads.connection()) {
      assertThat(connection.isValid(1)).isTrue();
    }
  }

  private void awaitClosed() {
    await()
        .atMost(Duration.ofSeconds(10))
        .ignoreExceptionsInstanceOf(SQLException.class)
        .untilAsserted(this::read);
    assertThat(reads.isOpen()).isFalse();
  }

  @Test
  void opensAtOnceWhereTheDatabaseIsAwayAndClosesWhenItIsBack() throws SQLException {
    read();
    try (Connection taken = reads.connection()) {
      assertThat(taken.isReadOnly()).isFalse();
      answers = false;

      assertThat(refused(this::read, "08001")).isGreaterThan(ReadBreaker.LOOK_UP.minusMillis(50));
      assertThat(reads.isOpen()).isTrue();
      for (int i = 0; i < 100; i++) {
        assertThat(refused(this::read, "08001")).isLessThan(AT_ONCE);
      }
      assertThat(notPermitted()).isEqualTo(100);

      // One is let through now and then, and looks before it waits.
      await().until(() -> !reads.isOpen());
      assertThat(refused(this::read, "08001")).isLessThan(AT_ONCE);
      assertThat(reads.isOpen()).isTrue();
    }
    answers = true;
    awaitClosed();
    for (int i = 0; i < 100; i++) {
      read();
    }
  }

  private double notPermitted() {
    return meters.get("resilience4j.circuitbreaker.not.permitted.calls").counter().count();
  }

  @Test
  void waitsOnWhereThePoolIsMerelyExhausted() throws Exception {
    try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      Connection taken = reads.connection();
      Future<?> waiting =
          readers.submit(
              () -> {
                read();
                return null;
              });
      long start = System.nanoTime();
      await()
          .atMost(Duration.ofSeconds(5))
          .until(() -> System.nanoTime() - start > Duration.ofMillis(2_200).toNanos());
      assertThat(waiting).isNotDone();

      taken.close();

      waiting.get();
      assertThat(reads.isOpen()).isFalse();
    }
  }

  @Test
  void opensWhereTooManyWaitInVain() throws Exception {
    try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
        Connection taken = reads.connection()) {
      assertThat(taken.isReadOnly()).isFalse();
      List<Future<Duration>> waiting =
          IntStream.range(0, 6)
              .mapToObj(n -> readers.submit(() -> refused(this::read, null)))
              .toList();
      for (Future<Duration> each : waiting) {
        assertThat(each.get()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(6));
      }

      assertThat(reads.isOpen()).isTrue();
      assertThat(refused(this::read, "08001")).isLessThan(AT_ONCE);
    }
    awaitClosed();
  }
}
