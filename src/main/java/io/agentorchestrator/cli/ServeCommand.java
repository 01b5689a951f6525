package io.agentorchestrator.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Describes the worker's start, which does not come this way: {@link Cli#workerArguments} sees it
 * before, and what is left for this command are arguments that no worker takes.
 */
@Command(
    name = "serve",
    description = "Starts the worker. This is also what happens without any command.")
final class ServeCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "--name=value",
      description = "Settings, as Spring Boot takes them.")
  private List<String> settings;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "Expected settings of the form --name=value, but got: " + String.join(" ", settings));
  }
}
