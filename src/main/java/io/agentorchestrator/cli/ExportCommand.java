package io.agentorchestrator.cli;

import picocli.CommandLine.Command;

/** The commands that write what is here as another service kept it. */
@Command(
    name = "export",
    description = "Writes what is here as the service before kept it.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = ExportRedisCommand.class)
final class ExportCommand {}
