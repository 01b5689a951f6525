package io.agentorchestrator.cli;

import picocli.CommandLine.Command;

/** The commands on the relay of the log. */
@Command(
    name = "relay",
    description = "Tells how the relay of the log stands, and repairs it.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {RelayStatusCommand.class, RelayRepairCommand.class})
final class RelayCommand {}
