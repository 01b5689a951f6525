package io.agentorchestrator.schema;

import io.agentorchestrator.database.DatabaseConnector;
import io.agentorchestrator.schema.SchemaFinding.State;
import io.agentorchestrator.schema.SchemaObject.Kind;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayConfigurationCustomizer;
import org.springframework.boot.flyway.autoconfigure.FlywayConnectionDetails;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * The migrations, run or looked at by a command: the worker's own, for Spring Boot makes Flyway
 * from the same settings. Beside workers that are running it does what a worker of its version
 * would do at its start: they pause meanwhile.
 */
public final class Migrations implements AutoCloseable {

  private final AnnotationConfigApplicationContext context;
  private final Flyway flyway;

  private Migrations(AnnotationConfigApplicationContext context) {
    this.context = context;
    this.flyway = context.getBean(Flyway.class);
  }

  /**
   * Gets ready, without a connection yet.
   *
   * @param environment the worker's settings
   */
  public static Migrations of(ConfigurableEnvironment environment, DatabaseConnector database) {
    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    try {
      context.setEnvironment(environment);
      context.registerBean(JdbcConnectionDetails.class, database::details);
      context.registerBean(FlywayConnectionDetails.class, database::migrationDetails);
      // Nothing is migrated for the mere making of it.
      context.registerBean(FlywayMigrationStrategy.class, () -> unused -> {});
      // A worker waits for a server that starts; somebody who types a command wants to know.
      context.registerBean(
          FlywayConfigurationCustomizer.class, () -> flyway -> flyway.connectRetries(0));
      context.register(FlywayAutoConfiguration.class);
      context.refresh();
      return new Migrations(context);
    } catch (RuntimeException e) {
      context.close();
      throw e;
    }
  }

  /**
   * What was done.
   *
   * @param applied the migrations, in their order
   * @param version what the schema is at, or null if there is none
   */
  public record Result(List<String> applied, @Nullable String version) {}

  /**
   * Brings the schema up to date.
   *
   * @throws SchemaRefusedException if a migration was changed after it was applied, or the schema
   *     is another's
   * @throws FlywayException if PostgreSQL fails, with the reason as its cause
   */
  public Result migrate() {
    try {
      List<String> applied =
          flyway.migrate().migrations.stream()
              .map(each -> name(each.version, each.description))
              .toList();
      MigrationInfo current = flyway.info().current();
      return new Result(applied, current == null ? null : String.valueOf(current.getVersion()));
    } catch (FlywayException e) {
      throw isOfPostgres(e) ? e : new SchemaRefusedException(e.getMessage());
    }
  }

  private static boolean isOfPostgres(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof SQLException) {
        return true;
      }
    }
    return false;
  }

  private static String name(@Nullable String version, String description) {
    return version == null ? description : "V%s %s".formatted(version, description);
  }

  /** How each migration stands. */
  List<SchemaFinding> findings() {
    List<SchemaFinding> findings = new ArrayList<>();
    for (MigrationInfo each : flyway.info().all()) {
      String version = each.getVersion() == null ? null : each.getVersion().toString();
      SchemaObject migration =
          new SchemaObject(Kind.MIGRATION, name(version, each.getDescription()));
      MigrationState state = each.getState();
      if (state.isFailed()) {
        findings.add(new SchemaFinding(migration, State.BROKEN, "it failed half-way"));
      } else if (state.isApplied() && state.isResolved() && !each.isChecksumMatching()) {
        findings.add(
            new SchemaFinding(migration, State.BROKEN, "it was changed after it was applied"));
      } else {
        findings.add(SchemaFinding.of(migration, state.isApplied()));
      }
    }
    return findings;
  }

  /** Whether a newer version of the product has changed the schema. */
  boolean isSchemaNewer() {
    return Arrays.stream(flyway.info().all())
        .anyMatch(each -> each.getState().isApplied() && !each.getState().isResolved());
  }

  /** The table in which Flyway keeps what was applied. */
  String history() {
    return flyway.getConfiguration().getTable();
  }

  @Override
  public void close() {
    context.close();
  }
}
