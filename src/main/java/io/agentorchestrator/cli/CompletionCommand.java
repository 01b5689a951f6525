package io.agentorchestrator.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the script with which a shell completes the commands. */
@Command(
    name = "completion",
    description = {
      "Prints a completion script for bash and zsh.",
      "",
      "A shell completes by the command's name, so give it one:",
      "  alias agent-orchestrator='java -jar /path/to/agent-orchestrator.jar'",
      "  source <(agent-orchestrator completion)",
      "In zsh, `autoload -U +X bashcompinit && bashcompinit` comes before."
    })
final class CompletionCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine()
        .getOut()
        .println(AutoComplete.bash(AgentOrchestratorCommand.NAME, spec.root().commandLine()));
  }
}
