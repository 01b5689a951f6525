package io.agentorchestrator.cli;

import io.agentorchestrator.topics.TopicProperties;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Prints the log, and follows it. */
@Command(
    name = "tail",
    description = {
      "Prints events of the log, a line each: time, type, what it is about (the end of its id), and"
          + " a sentence. What is there already comes in the order of time, what comes then as it"
          + " comes; of one entity always in its order.",
      "",
      "From the beginning, since a time, or since 24 hours ago; with --follow alone, from now on."
          + " Reads Kafka alone, without a group, and leaves no trace.",
      ""
    })
final class TailCommand implements Callable<Integer> {

  private static final Duration USUAL = Duration.ofHours(24);
  private static final Duration POLL = Duration.ofMillis(500);

  private final Settings settings;

  @Spec private CommandSpec spec;
  @Mixin private KafkaOptions kafka;
  @Mixin private EventFilter filter;

  @ArgGroup private Begin begin = new Begin();

  /** From where to read. */
  static final class Begin {
    @Option(names = "--from-beginning", description = "All there are.")
    private boolean all;

    @Option(
        names = "--since",
        paramLabel = "TIME",
        converter = Since.class,
        description =
            "Those since: an RFC 3339 time, or how long ago, such as 30m, 12h, 7d; default 24h.")
    private @Nullable Instant since;
  }

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what comes, until Ctrl-C.")
  private boolean follow;

  @Option(names = "--json", description = "Print the CloudEvent, one a line.")
  private boolean json;

  private long limit = Long.MAX_VALUE;

  TailCommand(Settings settings) {
    this.settings = settings;
  }

  @Option(names = "--limit", paramLabel = "N", description = "End after so many.")
  void setLimit(long limit) {
    if (limit < 1) {
      throw new ParameterException(
          spec.commandLine(), "--limit: expected at least 1, but it is " + limit);
    }
    this.limit = limit;
  }

  @Override
  public Integer call() {
    String topic = settings.read(TopicProperties.class).log();
    try (TopicFeed log = TopicFeed.open(topic, kafka.over(settings.kafkaConsumer()))) {
      goToBegin(log);
      print(log);
    }
    return Exit.OK;
  }

  private void goToBegin(TopicFeed log) {
    if (begin.all) {
      log.toTheBeginning();
    } else if (begin.since != null) {
      log.to(begin.since);
    } else if (follow) {
      log.toTheEnd();
    } else {
      log.to(InstantSource.system().instant().minus(USUAL));
    }
  }

  private void print(TopicFeed log) {
    PrintWriter out = spec.commandLine().getOut();
    EventView view = new EventView(json, spec.commandLine().getColorScheme().ansi());
    long left = limit;
    while (follow || !log.isCaughtUp()) {
      for (ConsumerRecord<byte[], byte[]> record : log.next(POLL)) {
        JsonNode event = filter.mayMatch(record) ? read(record) : null;
        if (event != null && filter.matches(event)) {
          out.println(view.line(record, event));
          left--;
        }
        // A reader that has seen enough, such as head, closes the pipe.
        if (left == 0 || (event != null && out.checkError())) {
          return;
        }
      }
    }
  }

  private @Nullable JsonNode read(ConsumerRecord<byte[], byte[]> record) {
    try {
      JsonNode event = JsonMapper.shared().readTree(record.value());
      if (event.path("data").isObject()) {
        return event;
      }
    } catch (JacksonException | IllegalArgumentException e) {
      // Told below.
    }
    spec.commandLine().getErr().println(EventView.noEvent(record));
    return null;
  }
}
