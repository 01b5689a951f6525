package io.agentorchestrator.database;

import com.zaxxer.hikari.HikariDataSource;
import io.agentorchestrator.shutdown.ShutdownBudget;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayConnectionDetails;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.util.StringUtils;

/** The pools of connections, who gets one of which, and the clock whose instants go into rows. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(DatabaseProperties.class)
class DatabaseConfiguration {

  /** The name of the pool that commands use. */
  static final String COMMANDS_POOL = "commands";

  private static final String READS_POOL = "reads";
  private static final String REPLICA_POOL = "replica";

  /** Kept, so that not each read after a rest has to wait for a connection to be opened. */
  private static final int READS_KEPT = 2;

  /** A replica that gives none sooner is passed over. */
  private static final long REPLICA_TIMEOUT_MILLIS = 500;

  /** Overflow connections close again after so long without work. */
  private static final long OVERFLOW_IDLE_MILLIS = TimeUnit.SECONDS.toMillis(30);

  /** In milliseconds; HikariCP reads it from the system's properties and nowhere else. */
  private static final String UNTESTED_FOR = "com.zaxxer.hikari.aliveBypassWindowMs";

  static {
    // Its default gives out untested what was in use half a second ago: a server that was started
    // anew in between would be noticed by whoever asked.
    if (System.getProperty(UNTESTED_FOR) == null) {
      System.setProperty(UNTESTED_FOR, "0");
    }
  }

  @Bean
  InstantSource clock() {
    return InstantSource.system();
  }

  @Bean
  @Primary
  JdbcConnectionDetails databaseConnection(DatabaseProperties properties) {
    return new DatabaseConnector(properties).details();
  }

  /** The relay reads the WAL, which is a right that nobody else needs. */
  @Bean
  JdbcConnectionDetails relayConnection(DatabaseProperties properties) {
    return DatabaseConnector.ofRelay(properties).details();
  }

  /** Migrations have connections of their own: they need two at a time, and may take long. */
  @Bean
  FlywayConnectionDetails migrationConnection(DatabaseProperties properties) {
    return DatabaseConnector.ofOwner(properties).migrationDetails();
  }

  @Bean
  @Primary
  DataSource dataSource(
      HikariDataSource commandsPool,
      ReadBreaker readBreaker,
      ObjectProvider<ReadRoute.Replica> replica) {
    return new ReadRoute(commandsPool, readBreaker, replica.getIfAvailable());
  }

  @Bean
  ReadBreaker readBreaker(
      HikariDataSource readsPool,
      DatabaseProbe probe,
      DatabaseProperties properties,
      MeterRegistry registry) {
    return new ReadBreaker(
        readsPool,
        Duration.ofSeconds(properties.poolTimeout()),
        () -> probe.answer().isGiven(),
        registry);
  }

  @Bean
  JpaTransactionManager transactionManager(MeterRegistry registry) {
    return new RoutingTransactionManager(new TransactionTimes(registry));
  }

  @Bean
  HikariDataSource commandsPool(DatabaseProperties properties, MeterRegistry registry) {
    HikariDataSource pool = new BoundedPool(ShutdownBudget.POOL);
    configure(pool, COMMANDS_POOL, new DatabaseConnector(properties), properties, registry);
    pool.setMinimumIdle(properties.poolSize());
    pool.setMaximumPoolSize(properties.poolSize() + properties.maxOverflow());
    return pool;
  }

  @Bean
  HikariDataSource readsPool(DatabaseProperties properties, MeterRegistry registry) {
    HikariDataSource pool =
        readsPool(READS_POOL, DatabaseConnector.ofReads(properties), properties, registry);
    // Whoever waits looks up now and then, and waits on as long as there is hope.
    pool.setConnectionTimeout(ReadBreaker.LOOK_UP.toMillis());
    pool.setValidationTimeout(ReadBreaker.LOOK_UP.toMillis());
    return pool;
  }

  /** What there is only where reads have a replica. */
  @Configuration(proxyBeanMethods = false)
  @Conditional(HasReplica.class)
  static class ReplicaConfiguration {

    @Bean
    HikariDataSource replicaPool(DatabaseProperties properties, MeterRegistry registry) {
      HikariDataSource pool =
          readsPool(REPLICA_POOL, DatabaseConnector.ofReplica(properties), properties, registry);
      pool.setConnectionTimeout(REPLICA_TIMEOUT_MILLIS);
      // Each is tested as it is given out, and a replica that hangs lets the test wait.
      pool.setValidationTimeout(REPLICA_TIMEOUT_MILLIS);
      return pool;
    }

    @Bean
    ReplicaWatch replicaWatch(DatabaseProperties properties) {
      return new ReplicaWatch(
          new DatabaseConnector(properties),
          DatabaseConnector.ofReplica(properties),
          Duration.ofSeconds(properties.maxReplicaLag()));
    }

    @Bean
    ReadRoute.Replica replica(HikariDataSource replicaPool, ReplicaWatch replicaWatch) {
      return new ReadRoute.Replica(replicaPool, replicaWatch);
    }
  }

  static final class HasReplica implements Condition {

    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      Environment settings = context.getEnvironment();
      return settings.getProperty("orchestrator.database.replica-routing", Boolean.class, true)
          && StringUtils.hasText(settings.getProperty("orchestrator.database.read-url"));
    }
  }

  private static HikariDataSource readsPool(
      String name,
      DatabaseConnector connector,
      DatabaseProperties properties,
      MeterRegistry registry) {
    HikariDataSource pool = new BoundedPool(ShutdownBudget.READS_POOL);
    configure(pool, name, connector, properties, registry);
    pool.setMinimumIdle(Math.min(READS_KEPT, properties.readPoolSize()));
    pool.setMaximumPoolSize(properties.readPoolSize());
    pool.setReadOnly(true);
    return pool;
  }

  private static void configure(
      HikariDataSource pool,
      String name,
      DatabaseConnector connector,
      DatabaseProperties properties,
      MeterRegistry registry) {
    pool.setPoolName(name);
    pool.setDataSource(new CountedConnections(connector, "agent-orchestrator", name, registry));
    pool.setConnectionTimeout(TimeUnit.SECONDS.toMillis(properties.poolTimeout()));
    pool.setMaxLifetime(TimeUnit.SECONDS.toMillis(properties.poolRecycle()));
    pool.setIdleTimeout(Math.min(OVERFLOW_IDLE_MILLIS, pool.getMaxLifetime() / 2));
    pool.setLeakDetectionThreshold(
        Math.min(
            TimeUnit.SECONDS.toMillis(properties.leakDetectionThreshold()), pool.getMaxLifetime()));
    pool.setInitializationFailTimeout(-1);
  }
}
