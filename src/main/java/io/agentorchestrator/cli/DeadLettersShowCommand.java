package io.agentorchestrator.cli;

import io.agentorchestrator.deadletters.DeadLetterTopic;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows one dead letter whole. */
@Command(name = "show", description = "Shows one dead letter: headers, key, message and value.")
final class DeadLettersShowCommand implements Callable<Integer> {

  private final Settings settings;
  private final OutputStream raw;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "PARTITION:OFFSET",
      converter = DeadLetterTopics.At.Converter.class,
      description = "Which, as `list` names it.")
  private DeadLetterTopics.At at;

  @ArgGroup private Form form = new Form();

  /** How to show it. */
  static final class Form {
    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(names = "--raw", description = "Write the value's bytes, and nothing else.")
    private boolean raw;
  }

  DeadLettersShowCommand(Settings settings, OutputStream raw) {
    this.settings = settings;
    this.raw = raw;
  }

  @Override
  public Integer call() throws IOException {
    try (DeadLetterTopic topic = DeadLetterTopics.open(settings)) {
      ConsumerRecord<byte[], byte[]> record =
          DeadLetterTopics.fetch(topic, List.of(at)).values().iterator().next();
      if (!form.raw) {
        spec.commandLine()
            .getOut()
            .println(
                new DeadLetterView(form.json, spec.commandLine().getColorScheme().ansi())
                    .whole(record));
        return Exit.OK;
      }
      if (record.value() == null) {
        throw new RefusedException("The dead letter has no value.");
      }
      raw.write(record.value());
      raw.flush();
      return Exit.OK;
    }
  }
}
