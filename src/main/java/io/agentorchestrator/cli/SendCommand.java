package io.agentorchestrator.cli;

import io.agentorchestrator.cli.SendResult.Outcome;
import io.agentorchestrator.commands.CommandCheck;
import io.agentorchestrator.commands.CommandProperties;
import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.topics.TopicProperties;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends commands, and tells of each what came of it. */
@Command(
    name = "send",
    description = {
      "Sends commands: one that is written here, or those of a file or of the standard input (-),"
          + " one JSON object a line, or over several lines.",
      "",
      "Each is checked first, by what the worker checks it by; of a file nothing is sent if one is"
          + " wrong. What a command leaves out is filled in: specversion, id, source, the version of"
          + " its type, and the subject of one that makes something new. Commands with ids of their"
          + " own may be sent again: each has its effect once.",
      "",
      "  send task.create --data '{\"type\":\"review\",\"description\":\"Read it.\"}' --wait",
      "  send task.cancel --subject 019ab2c4-0000-7000-8000-00000000b001",
      "  send commands.jsonl --wait --json",
      ""
    },
    exitCodeList = {
      "0:all sent; with --wait: all accepted",
      "1:sent in part; with --wait: one was refused, or nothing was heard of it in time",
      "2:not understood, or one is wrong: nothing was sent",
      "3:Kafka could not be reached",
      "130:interrupted by Ctrl-C; what was sent stays sent"
    })
final class SendCommand implements Callable<Integer> {

  private static final String STDIN = "-";
  private static final int MAX_ATTRIBUTE = 255;
  private static final int ERRORS_SHOWN = 20;

  private final Settings settings;

  @Spec private CommandSpec spec;
  @Mixin private KafkaOptions kafka;

  @Parameters(
      paramLabel = "TYPE|FILE|-",
      completionCandidates = Types.class,
      description = {
        "A type, with or without its version: ${COMPLETION-CANDIDATES}. Or a file of commands, or -."
      })
  private String what;

  @Option(
      names = "--data",
      paramLabel = "JSON",
      description = "The data of the command; @FILE or - to read it from there; default {}.")
  private @Nullable String data;

  @Option(
      names = "--subject",
      paramLabel = "ID",
      description =
          "What the command is about, a UUID. A new one, which is printed, where the command makes it.")
  private @Nullable String subject;

  @Option(names = "--id", paramLabel = "ID", description = "The command's id; default a new one.")
  private @Nullable String id;

  @Option(names = "--time", paramLabel = "TIME", description = "The command's time; informative.")
  private @Nullable String time;

  @Option(
      names = "--source",
      paramLabel = "URI",
      description = "Who sends, where a command does not say; default /cli/USER@HOST.")
  private @Nullable String source;

  @Option(
      names = "--actor",
      paramLabel = "NAME",
      description = "Who asks, where a command does not say; default the source.")
  private @Nullable String actor;

  @Option(names = "--wait", description = "Wait for what comes of each, and print it.")
  private boolean await;

  @Option(
      names = "--skip-invalid",
      description = "Leave out what is no command, and send the rest.")
  private boolean skipInvalid;

  @Option(names = "--dry-run", description = "Only check. Needs no Kafka.")
  private boolean dryRun;

  @Option(names = "--json", description = "Print one JSON object a command.")
  private boolean json;

  private Duration timeout = Duration.ofSeconds(30);

  SendCommand(Settings settings) {
    this.settings = settings;
  }

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long --wait waits for each; default ${DEFAULT-VALUE}.")
  void setTimeout(int seconds) {
    if (seconds < 1) {
      throw misuse("--timeout: expected at least 1, but it is " + seconds);
    }
    timeout = Duration.ofSeconds(seconds);
  }

  /** What completes the first argument. */
  static final class Types implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(CommandType.values()).map(CommandType::operation).iterator();
    }
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    checkLength("--source", source);
    checkLength("--actor", actor);
    CommandType type = CommandText.type(what);
    if (type == null) {
      checkNothingOfOneCommand();
    }
    TopicProperties topics = settings.read(TopicProperties.class);
    Run run = new Run(topics);
    if (type != null) {
      return run.sendOne(oneCommand(type));
    }
    if (what.equals(STDIN)) {
      return run.sendStream(System.in);
    }
    Path file = Path.of(what);
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw misuse(
          "Expected a command's type, such as task.create, a file that can be read, or -, but it is '%s'."
              .formatted(what));
    }
    return Files.isRegularFile(file)
        ? run.sendFile(file)
        : run.sendStream(Files.newInputStream(file)); // Of a pipe one can read everything once.
  }

  private void checkLength(String option, @Nullable String value) {
    if (value != null
        && (value.isEmpty() || value.codePointCount(0, value.length()) > MAX_ATTRIBUTE)) {
      throw misuse(option + ": expected 1 to 255 characters.");
    }
  }

  private void checkNothingOfOneCommand() {
    Map<String, Boolean> given =
        Map.of(
            "--data", data != null,
            "--subject", subject != null,
            "--id", id != null,
            "--time", time != null);
    given.entrySet().stream()
        .filter(Map.Entry::getValue)
        .map(Map.Entry::getKey)
        .sorted()
        .findFirst()
        .ifPresent(
            option -> {
              throw misuse(
                  "%s: expected a command's type beside it, such as task.create, but it is '%s'."
                      .formatted(option, what));
            });
  }

  /** Writes what was typed as a CloudEvent; the rest of the envelope is filled in as in a file. */
  private byte[] oneCommand(CommandType type) throws IOException {
    if (subject == null && !CommandText.makesItsSubject(type)) {
      throw misuse(
          "--subject: expected the id of the %s, but there is none."
              .formatted(type.entityType().value()));
    }
    String text = data();
    String why = CommandText.whyNoObject(text);
    if (why != null) {
      throw misuse("--data: " + why);
    }
    StringBuilder event = new StringBuilder("{\"type\":").append(CommandText.quoted(type.value()));
    append(event, "id", id);
    append(event, "subject", subject);
    append(event, "time", time);
    return event
        .append(",\"data\":")
        .append(text)
        .append('}')
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void append(StringBuilder event, String name, @Nullable String value) {
    if (value != null) {
      event.append(",\"").append(name).append("\":").append(CommandText.quoted(value));
    }
  }

  private String data() throws IOException {
    if (data == null) {
      return "{}";
    }
    byte[] read;
    if (data.equals(STDIN)) {
      read = System.in.readAllBytes();
    } else if (data.startsWith("@")) {
      Path file = Path.of(data.substring(1));
      if (!Files.isReadable(file) || Files.isDirectory(file)) {
        throw misuse("--data: expected a file, but %s cannot be read.".formatted(file));
      }
      read = Files.readAllBytes(file);
    } else {
      return data;
    }
    String text = CommandText.strictly(read);
    if (text == null) {
      throw misuse("--data: expected a JSON object, but it is no UTF-8.");
    }
    return text.strip();
  }

  private String defaultSource() {
    String from = source;
    if (from == null) {
      from = "/cli/%s@%s".formatted(System.getProperty("user.name"), host());
    }
    return from.codePointCount(0, from.length()) <= MAX_ATTRIBUTE
        ? from
        : from.substring(0, from.offsetByCodePoints(0, MAX_ATTRIBUTE));
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  /** Where commands come from. */
  private enum Input {
    ARGUMENTS,
    FILE,
    STREAM;

    /** By Ctrl-C: who waits for a stream cannot look whether the end was asked for. */
    boolean isEndedAtOnce() {
      return this == STREAM;
    }
  }

  /** Takes commands as they come, and says whether to go on. */
  private interface Taker {
    boolean take(SentCommand command, byte[] value) throws InterruptedException;
  }

  /** One run of the command. */
  private final class Run {
    private final PrintWriter out = spec.commandLine().getOut();
    private final PrintWriter err = spec.commandLine().getErr();
    private final SendView view = new SendView(json, spec.commandLine().getColorScheme().ansi());
    private final CommandText completion = new CommandText(defaultSource(), actor);
    private final Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
    private final TopicProperties topics;
    private final CommandCheck check;
    private boolean eachOnItsLine = await || json;
    private long wrong;

    /** Whether what is wrong was told when all was checked before. */
    private boolean isToldWrong;

    private long right;

    Run(TopicProperties topics) {
      this.topics = topics;
      this.check = new CommandCheck(topics);
    }

    int sendOne(byte[] command) throws IOException, InterruptedException {
      eachOnItsLine = true;
      byte[] whole = completion.complete(command);
      CommandCheck.Verdict verdict = check.check(whole);
      if (verdict instanceof CommandCheck.Verdict.Unreadable unreadable) {
        throw misuse(unreadable.message());
      }
      if (dryRun) {
        right = 1;
        return checked();
      }
      return send(new ByteArrayInputStream(whole), 0, Input.ARGUMENTS);
    }

    /** Checks all of it before the first is sent. */
    int sendFile(Path file) throws IOException, InterruptedException {
      long bytes = Files.size(file);
      try (CommandLines lines = lines(Files.newInputStream(file));
          Progress progress = progress("checked", bytes, Terminal.ERR.isThere())) {
        readAll(lines, true, progress, (command, value) -> true);
      }
      if (dryRun || (wrong > 0 && !skipInvalid)) {
        return checked();
      }
      wrong = 0;
      right = 0;
      isToldWrong = true;
      return send(Files.newInputStream(file), bytes, Input.FILE);
    }

    int sendStream(InputStream in) throws IOException, InterruptedException {
      if (dryRun) {
        try (CommandLines lines = lines(in);
            Progress progress = progress("checked", 0, Terminal.ERR.isThere())) {
          readAll(lines, true, progress, (command, value) -> true);
        }
        return checked();
      }
      return send(in, 0, Input.STREAM);
    }

    private int checked() {
      if (!json) {
        out.printf("%,d in order, %,d not%s%n", right, wrong, dryRun ? "" : "; nothing was sent");
      }
      return wrong == 0 ? Exit.OK : Exit.USAGE;
    }

    private CommandLines lines(InputStream in) {
      return new CommandLines(in, CommandCheck.maxBytes());
    }

    private Progress progress(String what, long total, boolean visible) {
      return new Progress(err, what, total, visible);
    }

    /** Where results go to the same terminal, they are the progress. */
    private boolean showsProgress(Input input) {
      return input != Input.ARGUMENTS
          && Terminal.ERR.isThere()
          && !(eachOnItsLine && Terminal.OUT.isThere());
    }

    /** Reads to the end, or to the first that is wrong. */
    private void readAll(CommandLines lines, boolean beyondErrors, Progress progress, Taker taker)
        throws IOException, InterruptedException {
      for (CommandLines.Entry entry = lines.next(); entry != null; entry = lines.next()) {
        byte[] value = completion.complete(entry.bytes());
        CommandCheck.Verdict verdict =
            entry.isTooLong() ? CommandCheck.tooLarge(entry.length()) : check.check(value);
        switch (verdict) {
          case CommandCheck.Verdict.Valid valid -> {
            right++;
            if (!taker.take(
                new SentCommand(entry.line(), valid.topic(), valid.envelope()), value)) {
              return;
            }
          }
          case CommandCheck.Verdict.Unreadable unreadable -> {
            tellWrong(entry, unreadable, progress);
            if (!beyondErrors) {
              return;
            }
          }
        }
        progress.at(lines.bytesRead(), right + wrong);
      }
    }

    private void tellWrong(
        CommandLines.Entry entry, CommandCheck.Verdict.Unreadable why, Progress progress) {
      wrong++;
      if (isToldWrong) {
        return;
      }
      progress.wipe();
      if (wrong <= ERRORS_SHOWN) {
        err.printf("line %d: %s: %s%n", entry.line(), why.reason(), why.message());
      } else if (wrong == ERRORS_SHOWN + 1) {
        err.println("…");
      }
    }

    private int send(InputStream in, long bytes, Input input)
        throws IOException, InterruptedException {
      try (CommandLines lines = lines(in);
          Interruption interruption = input.isEndedAtOnce() ? null : Interruption.watch();
          OutcomeWatch watch = await ? watch() : null;
          KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(producerSettings());
          Progress progress = progress("sent", bytes, showsProgress(input))) {
        CommandSender sender = new CommandSender(producer, watch, this::report);
        BooleanSupplier stopped = () -> interruption != null && interruption.isRequested();
        readAll(
            lines,
            skipInvalid,
            progress,
            (command, value) -> {
              sender.send(input == Input.ARGUMENTS ? command.withoutLine() : command, value);
              return !stopped.getAsBoolean() && sender.failure() == null;
            });
        sender.flush();
        while (!stopped.getAsBoolean() && sender.await()) {
          progress.at(bytes, right);
        }
        progress.wipe();
        if (sender.waiting() > 0) {
          err.printf("Ended before it was known what comes of %,d.%n", sender.waiting());
        }
        return end(sender, input);
      }
    }

    private int end(CommandSender sender, Input input) {
      if (input != Input.ARGUMENTS && !json) {
        out.println(sum());
      }
      if (sender.failure() instanceof RuntimeException failure) {
        throw failure;
      }
      if (wrong > 0 && right == 0) {
        return Exit.USAGE;
      }
      return wrong == 0 && counts.keySet().stream().allMatch(Outcome::isGood)
          ? Exit.OK
          : Exit.FAILED;
    }

    private void report(SendResult result) {
      counts.merge(result.outcome(), 1L, Long::sum);
      if (eachOnItsLine || result.outcome() == Outcome.NOT_SENT) {
        out.println(view.line(result));
      }
    }

    private String sum() {
      String sums =
          counts.entrySet().stream()
              .map(
                  each ->
                      "%,d %s"
                          .formatted(
                              each.getValue(),
                              each.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' ')))
              .collect(Collectors.joining(", "));
      return (sums.isEmpty() ? "nothing sent" : sums)
          + (wrong == 0 ? "" : ", %,d not valid".formatted(wrong));
    }

    /** Takes the end of the log before anything is sent, so that no outcome is missed. */
    private OutcomeWatch watch() {
      TopicFeed log = TopicFeed.open(topics.log(), kafka.over(settings.kafkaConsumer()));
      log.toTheEnd();
      return new OutcomeWatch(
          log,
          Admin.create(kafka.over(settings.kafkaAdmin())),
          settings.read(CommandProperties.class).group(),
          timeout);
    }

    private Map<String, Object> producerSettings() {
      Map<String, Object> all = kafka.over(settings.kafkaProducer());
      all.put(ProducerConfig.ACKS_CONFIG, "all");
      all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
      all.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 5);
      return all;
    }
  }
}
