package io.agentorchestrator.cli;

import io.agentorchestrator.commands.CommandProperties;
import io.agentorchestrator.deadletters.DeadLetter;
import io.agentorchestrator.deadletters.DeadLetterTopic;
import io.agentorchestrator.deadletters.RedriveHeaders;
import io.agentorchestrator.deadletters.RedrivePlan;
import io.agentorchestrator.deadletters.RedriveResult;
import io.agentorchestrator.deadletters.RedriveRun;
import io.agentorchestrator.topics.TopicProperties;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Re-drives dead letters, and tells of each what came of it. */
@Command(
    name = "redrive",
    description = {
      "Sends dead letters back to the topic they came from, once their cause is mended, and waits"
          + " for what the worker makes of them. Those of one key go one after the other, in the"
          + " order in which they first stood on their topic; if one is dead-lettered again, the"
          + " rest of its key stays. Key, value and headers are kept; headers redrive_* tell the"
          + " log.",
      "",
      "Twice does no harm: a command is applied once, by its source and id, for as long as the"
          + " worker remembers (orchestrator.commands.dedup-retention).",
      ""
    },
    exitCodeList = {
      "0:the worker has taken all of them",
      "1:one was not taken, or it is not known yet",
      "2:not understood, nothing was done",
      "3:Kafka could not be reached",
      "130:interrupted by Ctrl-C; what was sent stays sent"
    })
final class DeadLettersRedriveCommand implements Callable<Integer> {

  private final Settings settings;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "PARTITION:OFFSET",
      converter = DeadLetterTopics.At.Converter.class,
      description = "Which, as `list` names them.")
  private List<DeadLetterTopics.At> places = List.of();

  @Option(names = "--all", description = "All there are, or all that the filters let through.")
  private boolean all;

  @Mixin private DeadLetterFilter filter;

  @Option(names = "--dry-run", description = "Only tell what would be sent, in its order.")
  private boolean dryRun;

  @Option(names = "--yes", description = "Do not ask. Without a terminal nobody is asked anyway.")
  private boolean yes;

  @Option(
      names = "--value",
      paramLabel = "FILE",
      description = "Send the bytes of this file instead of the value of a single dead letter.")
  private @Nullable Path value;

  @Option(names = "--actor", paramLabel = "NAME", description = "Who re-drives, for the log.")
  private @Nullable String actor;

  private Duration timeout = Duration.ofSeconds(30);

  @Option(names = "--json", description = "Print one JSON object a line.")
  private boolean json;

  DeadLettersRedriveCommand(Settings settings) {
    this.settings = settings;
  }

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long to wait for what comes of a record; default ${DEFAULT-VALUE}.")
  void setTimeout(int seconds) {
    if (seconds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--timeout: expected at least 1, but it is " + seconds);
    }
    timeout = Duration.ofSeconds(seconds);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    byte[] replacement = value == null ? null : Files.readAllBytes(value);
    DeadLetterView view = new DeadLetterView(json, spec.commandLine().getColorScheme().ansi());
    PrintWriter out = spec.commandLine().getOut();
    try (DeadLetterTopic topic = DeadLetterTopics.open(settings)) {
      RedrivePlan plan = plan(topic);
      Tally tally = new Tally(out, view);
      if (dryRun) {
        plan.leftOut().forEach(tally::add);
        for (Deque<DeadLetter> lane : plan.lanes()) {
          lane.forEach(each -> out.println(view.planned(each)));
        }
        return tally.exit();
      }
      if (plan.lanes().isEmpty()) {
        plan.leftOut().forEach(tally::add);
        spec.commandLine().getErr().println("There is nothing to re-drive.");
        return tally.exit();
      }
      if (!yes && !confirmed(plan)) {
        throw new RefusedException("Nothing was re-driven.");
      }
      redrive(topic, plan, new RedriveRun.Options(actor, timeout, replacement), tally);
      return tally.exit();
    }
  }

  private void check() {
    boolean named = !places.isEmpty();
    if (!named && !all && !filter.selects()) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected which to re-drive, PARTITION:OFFSET, a filter or --all, but there is none.");
    }
    if (named && (all || filter.selects())) {
      throw new ParameterException(
          spec.commandLine(), "Expected either PARTITION:OFFSET or --all and filters, not both.");
    }
    if (value != null && !(named && places.size() == 1)) {
      throw new ParameterException(
          spec.commandLine(), "--value: expected a single PARTITION:OFFSET beside it.");
    }
    if (value != null && !Files.isReadable(value)) {
      throw new ParameterException(
          spec.commandLine(), "--value: expected a file, but %s cannot be read.".formatted(value));
    }
    if (actor != null && !RedriveHeaders.isActor(actor)) {
      throw new ParameterException(
          spec.commandLine(), "--actor: expected 1 to 255 characters, no control characters.");
    }
  }

  private RedrivePlan plan(DeadLetterTopic topic) {
    TopicProperties topics = settings.read(TopicProperties.class);
    RedrivePlan plan =
        new RedrivePlan(
            Set.of(topics.agentCommands(), topics.taskCommands(), topics.workflowCommands()));
    if (!places.isEmpty()) {
      DeadLetterTopics.fetch(topic, places)
          .values()
          .forEach(record -> plan.select(DeadLetter.of(record)));
      return plan;
    }
    topic.read(
        filter.since(),
        deadLetter -> {
          plan.see(deadLetter);
          if (plan.size() < filter.limit() && filter.matches(deadLetter)) {
            plan.select(deadLetter);
          }
          return true;
        });
    return plan;
  }

  /** Asks who sits at the terminal; where there is none, the selection has to say enough. */
  @SuppressWarnings("SystemConsoleNull") // Without a terminal it depends on the release.
  private static boolean confirmed(RedrivePlan plan) {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      return true;
    }
    List<Deque<DeadLetter>> lanes = plan.lanes();
    String answer =
        console.readLine(
            "Re-drive %d dead letters of %d keys? [y/N] ",
            lanes.stream().mapToInt(Deque::size).sum(), lanes.size());
    return answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
  }

  private void redrive(
      DeadLetterTopic topic, RedrivePlan plan, RedriveRun.Options options, Tally tally)
      throws InterruptedException {
    try (Interruption interruption = Interruption.watch();
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings.kafkaProducer());
        Admin admin = Admin.create(settings.kafkaAdmin())) {
      new RedriveRun(
              topic,
              producer,
              admin,
              settings.read(CommandProperties.class).group(),
              options,
              interruption::isRequested,
              tally::add)
          .execute(plan);
      if (!json) {
        tally.sum();
      }
    }
  }

  /** Prints results as they come, and counts them. */
  private static final class Tally {
    private final PrintWriter out;
    private final DeadLetterView view;
    private final Map<RedriveResult.Outcome, Integer> counts =
        new EnumMap<>(RedriveResult.Outcome.class);

    Tally(PrintWriter out, DeadLetterView view) {
      this.out = out;
      this.view = view;
    }

    void add(RedriveResult result) {
      out.println(view.line(result));
      counts.merge(result.outcome(), 1, Integer::sum);
    }

    int exit() {
      return counts.keySet().stream().allMatch(RedriveResult.Outcome::isDone)
          ? Exit.OK
          : Exit.FAILED;
    }

    void sum() {
      out.println(
          counts.entrySet().stream()
              .map(
                  each ->
                      "%d %s"
                          .formatted(
                              each.getValue(),
                              each.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' ')))
              .collect(Collectors.joining(", ")));
    }
  }
}
