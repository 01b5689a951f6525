package io.agentorchestrator.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/** The root of the commands. What it says of help, version and exit codes holds for all of them. */
@Command(
    name = AgentOrchestratorCommand.NAME,
    description = "The system of record for a fleet of AI agents: the worker, and its tools.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ServeCommand.class,
      SendCommand.class,
      TailCommand.class,
      SchemaCommand.class,
      RelayCommand.class,
      DeadLettersCommand.class,
      ImportCommand.class,
      ExportCommand.class,
      ApiKeyCommand.class,
      CompletionCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    usageHelpAutoWidth = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done, or the answer is yes",
      "1:failed, done in part, or the answer is no",
      "2:not understood, nothing was done",
      "3:Kafka, PostgreSQL or Redis could not be reached",
      "130:interrupted by Ctrl-C"
    },
    footerHeading = "%n",
    footer = {
      "Settings are the worker's, from the environment, application.yaml or --name=value:",
      "KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL, orchestrator.*, spring.kafka.*"
    })
final class AgentOrchestratorCommand {
  static final String NAME = "agent-orchestrator";
}
