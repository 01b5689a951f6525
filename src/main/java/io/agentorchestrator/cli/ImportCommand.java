package io.agentorchestrator.cli;

import picocli.CommandLine.Command;

/** The commands that bring in what another service kept. */
@Command(
    name = "import",
    description = "Takes over what the service before kept.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = ImportRedisCommand.class)
final class ImportCommand {}
