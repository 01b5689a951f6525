package io.agentorchestrator.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.cli.CliRun;
import io.agentorchestrator.local.Site;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.hibernate.boot.model.naming.PhysicalNamingStrategySnakeCaseImpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.hibernate.SpringImplicitNamingStrategy;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.hibernate.SpringBeanContainer;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Each migration runs on a database that was filled under the version before it, and leaves what it
 * finds: workers of the version before are still there and read it.
 */
class MigrationsIT {

  private static final int ROWS = 10;

  private final long seed = Long.getLong("orchestrator.seed", System.nanoTime());
  private final Site site = Site.fresh();
  private final String url = site.servers().jdbcUrl(site.name());

  @AfterEach
  void drop() {
    assertThat(CliRun.at(site, "schema", "--drop", "--yes-drop-everything", site.name()).exit())
        .isZero();
  }

  @Test
  void runOnADatabaseThatWasFilledUnderTheVersionBefore() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url)) {
      connection.setAutoCommit(false);
      Filling filling = new Filling(connection, new Random(seed));
      List<MigrationVersion> versions = versions();
      for (MigrationVersion version : versions) {
        Map<String, Filling.Content> before = filling.content();

        flyway(version.getVersion()).migrate();

        assertKept(version, before, filling);
        assertThat(filling.fill(ROWS)).as("tables filled under version %s", version).isNotEmpty();
      }
      // Rows that are all alike would prove little.
      assertThat(filling.values("tasks", "status")).hasSizeGreaterThan(3);
      assertThat(versions).hasSizeGreaterThanOrEqualTo(6);
    } catch (SQLException | AssertionError e) {
      throw new AssertionError("With -Dorchestrator.seed=" + seed + ": " + e.getMessage(), e);
    }
    assertHibernateFindsWhatItMaps();
  }

  /** Whoever has a table made or changed is enough, in any database of the cluster. */
  @Test
  void makeTheSlotWhileTheCatalogueChanges() throws Exception {
    try (ExecutorService others = Executors.newFixedThreadPool(4)) {
      AtomicBoolean over = new AtomicBoolean();
      List<Future<Integer>> changes =
          IntStream.range(0, 4)
              .mapToObj(each -> others.submit(() -> changeTheCatalogue("other_" + each, over)))
              .toList();

      try {
        flyway("latest").migrate();
      } finally {
        over.set(true);
      }

      for (Future<Integer> each : changes) {
        assertThat(each.get()).isPositive();
      }
    }
    assertThat(slots()).containsExactly(site.name());
  }

  /** In transactions that overlap those of the other threads. */
  private int changeTheCatalogue(String table, AtomicBoolean over) throws Exception {
    int changes = 0;
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      Random random = new Random(table.hashCode() ^ seed);
      while (!over.get()) {
        statement.execute("CREATE TABLE %s (id integer PRIMARY KEY)".formatted(table));
        Thread.sleep(random.nextInt(30));
        statement.execute("DROP TABLE " + table);
        connection.commit();
        changes++;
      }
    }
    return changes;
  }

  /** As after a slot too many, without WAL for it or without the right to make one. */
  @Test
  void makeTheSlotOnceWhatForbadeItIsMended() throws SQLException {
    assertThatThrownBy(() -> flyway("latest", "not-a-name").migrate())
        .isInstanceOf(FlywayException.class)
        .hasMessageContaining("not-a-name");

    flyway("latest").migrate();

    assertThat(slots()).containsExactly(site.name());
  }

  private List<String> slots() throws SQLException {
    List<String> slots = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT slot_name FROM pg_replication_slots"
                    + " WHERE database = current_database() AND failover")) {
      while (rows.next()) {
        slots.add(rows.getString(1));
      }
    }
    return slots;
  }

  private List<MigrationVersion> versions() {
    return Arrays.stream(flyway("latest").info().all()).map(MigrationInfo::getVersion).toList();
  }

  private Flyway flyway(String target) {
    return flyway(target, site.name());
  }

  private Flyway flyway(String target, String slot) {
    return Flyway.configure()
        .dataSource(url, null, null)
        .placeholders(Map.of("slot", slot))
        .target(target)
        .load();
  }

  private static void assertKept(
      MigrationVersion version, Map<String, Filling.Content> before, Filling filling)
      throws SQLException {
    for (Map.Entry<String, Filling.Content> table : before.entrySet()) {
      assertThat(filling.rows(table.getKey(), table.getValue().columns()))
          .as("%s in the columns it had before version %s", table.getKey(), version)
          .hasSizeGreaterThanOrEqualTo(filling.hasOneRow(table.getKey()) ? 1 : ROWS)
          .isEqualTo(table.getValue().rows());
    }
  }

  /** As the worker does at its start. */
  private void assertHibernateFindsWhatItMaps() {
    LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
    factory.setDataSource(new DriverManagerDataSource(url));
    factory.setPackagesToScan("io.agentorchestrator");
    factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
    DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
    beans.registerSingleton("json", JsonMapper.shared());
    factory.setJpaPropertyMap(
        Map.of(
            "hibernate.resource.beans.container",
            new SpringBeanContainer(beans),
            "hibernate.hbm2ddl.auto",
            "validate",
            "hibernate.physical_naming_strategy",
            PhysicalNamingStrategySnakeCaseImpl.class.getName(),
            "hibernate.implicit_naming_strategy",
            SpringImplicitNamingStrategy.class.getName()));
    factory.afterPropertiesSet();
    assertThat(factory.getObject()).isNotNull();
    factory.destroy();
  }
}
