package io.agentorchestrator.cli;

import picocli.CommandLine.Command;

/** The commands on dead letters. */
@Command(
    name = "dead-letters",
    description = "Shows what could not be read as a command, and re-drives it.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DeadLettersListCommand.class,
      DeadLettersShowCommand.class,
      DeadLettersRedriveCommand.class
    })
final class DeadLettersCommand {}
