package io.agentorchestrator.cli;

import io.agentorchestrator.deadletters.DeadLetterTopic;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists the dead letters there are now, oldest first. */
@Command(
    name = "list",
    description = {
      "Lists dead letters, a line each, oldest first: PARTITION:OFFSET among the dead letters,"
          + " time, reason, where it came from, key, message.",
      "Reads what is there at the start, and ends."
    })
final class DeadLettersListCommand implements Runnable {

  private final Settings settings;

  @Spec private CommandSpec spec;
  @Mixin private DeadLetterFilter filter;

  @Option(names = "--json", description = "Print one JSON object a line.")
  private boolean json;

  DeadLettersListCommand(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    DeadLetterView view = new DeadLetterView(json, spec.commandLine().getColorScheme().ansi());
    try (DeadLetterTopic topic = DeadLetterTopics.open(settings)) {
      int[] left = {filter.limit()};
      topic.read(
          filter.since(),
          deadLetter -> {
            if (filter.matches(deadLetter)) {
              out.println(view.line(deadLetter));
              left[0]--;
            }
            // A reader that has seen enough, such as head, closes the pipe.
            return left[0] > 0 && !out.checkError();
          });
    }
  }
}
