package io.agentorchestrator.cli;

import io.agentorchestrator.log.RelayOverview;
import io.agentorchestrator.log.RelayProperties;
import io.agentorchestrator.log.RepairImpossibleException;
import io.agentorchestrator.topics.TopicProperties;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tells how the relay stands. */
@Command(
    name = "status",
    description = {
      "Tells how the relay stands, whichever worker runs it: the replication slot, the checkpoint,"
          + " the lag, who leads, and why none does. Changes nothing."
    },
    exitCodeList = {
      "0:a relay leads, or nothing keeps one from it",
      "1:none can: the output says why",
      "2:not understood",
      "3:Kafka or PostgreSQL could not be reached",
      "130:interrupted by Ctrl-C"
    })
final class RelayStatusCommand implements Callable<Integer> {

  private final Settings settings;

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  RelayStatusCommand(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Integer call() throws SQLException {
    RelayOverview overview = read();
    spec.commandLine().getOut().println(new RelayView(json).of(overview));
    return overview.refused() == null ? Exit.OK : Exit.FAILED;
  }

  private RelayOverview read() throws SQLException {
    try {
      return RelayOverview.read(
          settings.get(RelayProperties.class),
          settings.database(),
          settings.get(TopicProperties.class),
          settings.kafkaAdmin());
    } catch (RepairImpossibleException e) {
      throw new RefusedException(e.getMessage());
    }
  }
}
