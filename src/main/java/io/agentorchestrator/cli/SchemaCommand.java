package io.agentorchestrator.cli;

import io.agentorchestrator.log.RelayProperties;
import io.agentorchestrator.schema.Migrations;
import io.agentorchestrator.schema.Schema;
import io.agentorchestrator.schema.SchemaDrop;
import io.agentorchestrator.schema.SchemaFinding;
import io.agentorchestrator.schema.SchemaRefusedException;
import io.agentorchestrator.topics.TopicProperties;
import io.agentorchestrator.topics.TopicSetup;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Creates the schema, checks it, or takes it away. */
@Command(
    name = "schema",
    description = {
      "Creates what the worker needs in its database and on Kafka, checks it, or takes it away. A"
          + " worker does the first two at its start, too; this is for who wants it done before, or"
          + " by another role.",
      "",
      "Services to be monitored are settings, and no data: nothing has to be set up for them.",
      ""
    },
    exitCodeList = {
      "0:done; --check: all is there",
      "1:refused, or failed; --check: something is missing",
      "2:not understood, nothing was done",
      "3:Kafka or PostgreSQL could not be reached",
      "130:interrupted by Ctrl-C; run it again"
    })
final class SchemaCommand implements Callable<Integer> {

  private static final String CONFIRMATION = "--yes-drop-everything";

  private final Settings settings;

  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private Action action = new Action();

  /** What to do. */
  static final class Action {
    @Option(
        names = "--create",
        description =
            "Run the migrations that have not run yet: tables, indexes, publication, slot.")
    // What is left to do where none of the others was asked for.
    @SuppressWarnings("UnusedVariable")
    private boolean create;

    @Option(
        names = "--setup",
        description = "Create missing topics, and the log's partitions for a year ahead.")
    private boolean setup;

    @Option(names = "--all", description = "--create, then --setup.")
    private boolean all;

    @Option(
        names = "--check",
        description =
            "Tell of each migration, table, index, publication, partition and slot whether it is there.")
    private boolean check;

    @Option(
        names = "--drop",
        description = {
          "Drop all that --create made, with all data. Only while no worker runs. Topics stay."
        })
    private boolean drop;
  }

  @Option(
      names = CONFIRMATION,
      paramLabel = "DATABASE",
      description = "The database's name, without which --drop does nothing.")
  private @Nullable String confirmation;

  @Option(names = "--json", description = "Print JSON objects, one a line.")
  private boolean json;

  SchemaCommand(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Integer call() throws SQLException, InterruptedException {
    if (confirmation != null && !action.drop) {
      throw new ParameterException(
          spec.commandLine(), CONFIRMATION + ": expected --drop beside it.");
    }
    if (action.drop && confirmation == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--drop: expected %s with the database's name beside it. Nothing was dropped."
              .formatted(CONFIRMATION));
    }
    // First, for it tells quickly and clearly where PostgreSQL cannot be reached.
    try (Connection connection = settings.connect()) {
      return run(connection);
    } catch (SchemaRefusedException e) {
      throw new RefusedException(e.getMessage());
    }
  }

  private int run(Connection connection) throws SQLException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    SchemaView view = new SchemaView(json, spec.commandLine().getColorScheme().ansi());
    if (action.setup) {
      out.println(setUp(connection, view));
      return Exit.OK;
    }
    try (Migrations migrations = settings.migrations()) {
      String slot = settings.get(RelayProperties.class).slot();
      if (action.check) {
        List<SchemaFinding> findings = Schema.check(connection, migrations, slot);
        view.lines(findings).forEach(out::println);
        return findings.stream().allMatch(each -> each.state() == SchemaFinding.State.PRESENT)
            ? Exit.OK
            : Exit.FAILED;
      }
      if (action.drop) {
        String database = String.valueOf(confirmation);
        view.dropped(new SchemaDrop(connection, migrations, slot).run(database))
            .forEach(out::println);
        return Exit.OK;
      }
      out.println(view.of(migrations.migrate()));
    }
    if (action.all) {
      out.println(setUp(connection, view));
    }
    return Exit.OK;
  }

  private String setUp(Connection connection, SchemaView view)
      throws SQLException, InterruptedException {
    TopicProperties topics = settings.get(TopicProperties.class);
    int months = Schema.createMonths(connection);
    TopicSetup setup = new TopicSetup(topics, settings.kafkaAdmin());
    try {
      setup.ensure();
    } catch (IllegalStateException e) {
      throw new RefusedException(e.getMessage());
    }
    return view.setUp(setup.names(), months);
  }
}
