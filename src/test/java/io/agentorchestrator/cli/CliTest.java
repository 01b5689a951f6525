package io.agentorchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What the first words mean, and what holds for every command. */
class CliTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void startsTheWorkerWithoutACommand() {
    assertThat(Cli.workerArguments()).contains(new String[0]);
    assertThat(Cli.workerArguments("--server.port=0", "--DATABASE_URL=postgresql://a/b"))
        .contains(new String[] {"--server.port=0", "--DATABASE_URL=postgresql://a/b"});
    assertThat(Cli.workerArguments("--debug")).contains(new String[] {"--debug"});
    assertThat(Cli.workerArguments("serve")).contains(new String[0]);
    assertThat(Cli.workerArguments("serve", "--server.port=0"))
        .contains(new String[] {"--server.port=0"});
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "--version", "-V", "completion", "server", "--hepl"})
  void startsNoWorkerForAnythingElse(String argument) {
    assertThat(Cli.workerArguments(argument)).isEmpty();
    assertThat(Cli.workerArguments("serve", argument)).isEmpty();
    assertThat(Cli.workerArguments("--server.port=0", argument)).isEmpty();
  }

  @Test
  void explainsItselfOnEveryLevel() {
    for (List<String> command : commands()) {
      List<String> asked = new ArrayList<>(command);
      asked.add("--help");
      StringWriter help = new StringWriter();

      int exit = Cli.run(new PrintWriter(help), new PrintWriter(err), asked.toArray(String[]::new));

      assertThat(exit).isZero();
      assertThat(help.toString())
          .startsWith("Usage: " + String.join(" ", withName(command)))
          .contains("--help", "--version", "Exit codes:", "KAFKA_BOOTSTRAP_SERVERS");
      asked.set(asked.size() - 1, "--version");
      assertThat(run(asked.toArray(String[]::new))).isZero();
      assertThat(out.toString()).startsWith("agent-orchestrator ");
    }
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThat(run("dead-leters")).isEqualTo(Exit.USAGE);
    assertThat(err.toString().lines())
        .hasSize(3)
        .startsWith("Unmatched argument at index 0: 'dead-leters'")
        .endsWith("See agent-orchestrator --help");
    assertThat(err.toString()).contains("Did you mean: agent-orchestrator dead-letters");
    assertThat(run("--hepl")).isEqualTo(Exit.USAGE);
    assertThat(run("serve", "now", "--server.port=0")).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("Expected settings of the form --name=value, but got: now");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void printsACompletionScript() {
    assertThat(run("completion")).isZero();
    assertThat(out.toString()).startsWith("#!/usr/bin/env bash").contains("completion", "serve");
  }

  private int run(String... arguments) {
    return Cli.run(new PrintWriter(out), new PrintWriter(err), arguments);
  }

  private static List<String> withName(List<String> command) {
    List<String> words = new ArrayList<>(List.of(AgentOrchestratorCommand.NAME));
    words.addAll(command);
    return words;
  }

  /** The words of every command there is. */
  private static List<List<String>> commands() {
    List<List<String>> found = new ArrayList<>();
    try (Settings settings = Settings.of()) {
      collect(Cli.commandLine(settings, OutputStream.nullOutputStream()), List.of(), found);
    }
    return found;
  }

  private static void collect(CommandLine command, List<String> words, List<List<String>> found) {
    found.add(words);
    command
        .getSubcommands()
        .forEach(
            (name, subcommand) -> {
              List<String> more = new ArrayList<>(words);
              more.add(name);
              collect(subcommand, more, found);
            });
  }
}
