package io.agentorchestrator.cli;

import io.agentorchestrator.commands.DeadLetterKeyRestore;
import io.agentorchestrator.commands.InboxRestore;
import io.agentorchestrator.engine.BulkOperationRestore;
import io.agentorchestrator.log.RelayProperties;
import io.agentorchestrator.log.RelayRepair;
import io.agentorchestrator.log.RepairImpossibleException;
import io.agentorchestrator.log.RepairOptions;
import io.agentorchestrator.log.RepairReport;
import io.agentorchestrator.log.RepairStep;
import io.agentorchestrator.log.StateRestore;
import io.agentorchestrator.migration.ImportedRecordsRestore;
import io.agentorchestrator.services.ServiceRestore;
import io.agentorchestrator.topics.TopicProperties;
import java.io.Console;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Repairs the relay, and tells what was found and done. */
@Command(
    name = "repair",
    description = {
      "Brings the relay back after its replication slot, its checkpoint, events of the log topic or"
          + " the database were lost: with nothing lost and nothing twice.",
      "",
      "Compares the log's table with the topic by the entries' ids, publishes what is missing in its"
          + " order, makes the slot anew where it has to, and writes the checkpoint from which the"
          + " relay goes on. All workers pause meanwhile, and go on by themselves. It may be ended"
          + " at any time and run again.",
      ""
    },
    exitCodeList = {
      "0:repaired, or nothing to do",
      "1:refused, or failed: the output says why",
      "2:not understood, nothing was done",
      "3:Kafka or PostgreSQL could not be reached; run it again",
      "130:interrupted by Ctrl-C; run it again"
    })
final class RelayRepairCommand implements Callable<Integer> {

  private final Settings settings;

  @Spec private CommandSpec spec;

  @Option(
      names = "--after-restore",
      description = {
        "The database was restored from a backup, or a standby took over that had not received all:"
            + " bring it forward to what the log topic holds."
      })
  private boolean afterRestore;

  @Option(
      names = "--dry-run",
      description = "Only tell what would be done. Pauses nobody, and may run beside the workers.")
  private boolean dryRun;

  @Option(
      names = "--force",
      description = {
        "Go on although the topic holds what nothing can undo: events twice or out of order, or"
            + " records of others."
      })
  private boolean force;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  private Duration timeout = Duration.ofSeconds(60);

  RelayRepairCommand(Settings settings) {
    this.settings = settings;
  }

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = {
        "How long to wait each for no relay to lead, for the workers to pause, and for the slot to"
            + " be made; default ${DEFAULT-VALUE}."
      })
  void setTimeout(int seconds) {
    if (seconds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--timeout: expected at least 1, but it is " + seconds);
    }
    timeout = Duration.ofSeconds(seconds);
  }

  @Override
  public Integer call() throws SQLException, InterruptedException {
    RepairReport report = repair();
    spec.commandLine().getOut().println(new RelayView(json).of(report));
    return report.outcome() == RepairReport.Outcome.REFUSED ? Exit.FAILED : Exit.OK;
  }

  private RepairReport repair() throws SQLException, InterruptedException {
    RelayRepair repair =
        RelayRepair.of(
            settings.get(RelayProperties.class),
            settings.database(),
            settings.get(TopicProperties.class),
            settings.kafkaAdmin(),
            restores());
    try {
      return repair.run(new RepairOptions(afterRestore, dryRun, force, timeout), progress(spec));
    } catch (RepairImpossibleException e) {
      throw new RefusedException(e.getMessage());
    }
  }

  private List<StateRestore> restores() {
    List<StateRestore> restores = new ArrayList<>(EntityRestores.of(settings));
    restores.add(new ImportedRecordsRestore());
    restores.add(new BulkOperationRestore());
    restores.add(new ServiceRestore());
    restores.add(new InboxRestore());
    restores.add(new DeadLetterKeyRestore(settings.kafkaConsumer()));
    return restores;
  }

  /** Who sits at a terminal sees how far it is; others read what came of it. */
  @SuppressWarnings("SystemConsoleNull") // Without a terminal it depends on the release.
  private static RepairStep.Listener progress(CommandSpec spec) {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      return (step, count) -> {};
    }
    PrintWriter err = spec.commandLine().getErr();
    return (step, count) -> err.println(RelayView.of(step, count));
  }
}
