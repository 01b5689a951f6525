package io.agentorchestrator.database;

import com.zaxxer.hikari.HikariDataSource;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The pool of connections, and the clock whose instants go into rows. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(DatabaseProperties.class)
class DatabaseConfiguration {

  /** The name of the pool that commands use. */
  static final String COMMANDS_POOL = "commands";

  /**
   * Each ends what the one before it let pass, and all end before {@code socketTimeout}, which ends
   * the client's side only: a server that waits for the lock of a dead client must not wait on.
   */
  private static final String SESSION_TIMEOUTS =
      "-c lock_timeout=15s -c statement_timeout=40s -c idle_in_transaction_session_timeout=50s";

  /** Overflow connections close again after so long without work. */
  private static final long OVERFLOW_IDLE_MILLIS = TimeUnit.SECONDS.toMillis(30);

  @Bean
  InstantSource clock() {
    return InstantSource.system();
  }

  @Bean
  JdbcConnectionDetails databaseConnection(DatabaseProperties properties) {
    DatabaseUrl url = DatabaseUrl.parse(properties.url());
    return new JdbcConnectionDetails() {
      @Override
      public @Nullable String getUsername() {
        return url.username();
      }

      @Override
      public @Nullable String getPassword() {
        return url.password();
      }

      @Override
      public String getJdbcUrl() {
        return url.jdbcUrl();
      }
    };
  }

  @Bean
  HikariDataSource dataSource(JdbcConnectionDetails connection, DatabaseProperties properties) {
    HikariDataSource pool = new HikariDataSource();
    pool.setPoolName(COMMANDS_POOL);
    pool.setJdbcUrl(connection.getJdbcUrl());
    pool.setUsername(connection.getUsername());
    pool.setPassword(connection.getPassword());
    pool.setMinimumIdle(properties.poolSize());
    pool.setMaximumPoolSize(properties.poolSize() + properties.maxOverflow());
    pool.setConnectionTimeout(TimeUnit.SECONDS.toMillis(properties.poolTimeout()));
    pool.setMaxLifetime(TimeUnit.SECONDS.toMillis(properties.poolRecycle()));
    pool.setIdleTimeout(Math.min(OVERFLOW_IDLE_MILLIS, pool.getMaxLifetime() / 2));
    pool.setLeakDetectionThreshold(
        Math.min(
            TimeUnit.SECONDS.toMillis(properties.leakDetectionThreshold()), pool.getMaxLifetime()));
    pool.setInitializationFailTimeout(-1);
    pool.addDataSourceProperty("ApplicationName", "agent-orchestrator");
    pool.addDataSourceProperty("connectTimeout", "5");
    // Longer than any honest statement; a dead network ends it all the same.
    pool.addDataSourceProperty("socketTimeout", "60");
    pool.addDataSourceProperty("tcpKeepAlive", "true");
    pool.addDataSourceProperty("reWriteBatchedInserts", "true");
    // Errors would quote whole rows, users' inputs and all, and errors are logged.
    pool.addDataSourceProperty("logServerErrorDetail", "false");
    pool.addDataSourceProperty("options", SESSION_TIMEOUTS);
    return pool;
  }
}
