package io.agentorchestrator.cli;

import io.agentorchestrator.migration.ImportVerification;
import io.agentorchestrator.migration.MigrationReport;
import io.agentorchestrator.migration.RedisImport;
import io.agentorchestrator.redis.RedisAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Takes over what the service before kept in Redis, and tells what could not be. */
@Command(
    name = "redis",
    description = {
      "Takes over agents, workflows and tasks from the Redis of the service before (REDIS_URL),"
          + " through the log, each with an event that says where it came from. Nothing in Redis is"
          + " changed. It may be ended at any time and run again: what is here is not taken over"
          + " twice, what changed there since is. Workers may run; each batch has them wait for a"
          + " moment.",
      "",
      "What cannot be taken over, or not as it was, has a line of JSON in the report.",
      ""
    },
    exitCodeList = {
      "0:all of it is here",
      "1:something could not be taken over or differs, the report says what; or refused",
      "2:not understood, nothing was done",
      "3:PostgreSQL or Redis could not be reached; run it again",
      "130:interrupted by Ctrl-C; run it again"
    })
final class ImportRedisCommand implements Callable<Integer> {

  private final Settings settings;

  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      paramLabel = "URL",
      description = "Where the old store is, instead of REDIS_URL.")
  private @Nullable String from;

  @Option(names = "--dry-run", description = "Only tell what would be done.")
  private boolean dryRun;

  @Option(
      names = "--verify",
      description = "Take nothing over, but compare every record with what is here.")
  private boolean verify;

  @Option(
      names = "--follow",
      description =
          "Go on taking over what changes there, round by round, until it is ended by Ctrl-C.")
  private boolean follow;

  private Duration interval = Duration.ofSeconds(5);

  private int leaseSeconds;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      defaultValue = "import-redis-report.jsonl",
      description = "Where the report goes, written anew; default ${DEFAULT-VALUE}.")
  private Path reportFile = Path.of("import-redis-report.jsonl");

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  ImportRedisCommand(Settings settings) {
    this.settings = settings;
  }

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "The pause between two rounds of --follow; default ${DEFAULT-VALUE}.")
  void setInterval(int seconds) {
    if (seconds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--interval: expected at least 1, but it is " + seconds);
    }
    interval = Duration.ofSeconds(seconds);
  }

  @Option(
      names = "--lease-seconds",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description = {
        "The lease that agents get, 10 to 3600, from when they were heard of last. 0, the default,"
            + " is one that never runs out. Once an agent registers by itself, it has its own."
      })
  void setLeaseSeconds(int seconds) {
    if (seconds != 0 && (seconds < 10 || seconds > 3600)) {
      throw new ParameterException(
          spec.commandLine(), "--lease-seconds: expected 0 or 10 to 3600, but it is " + seconds);
    }
    leaseSeconds = seconds;
  }

  @Override
  public Integer call() throws SQLException, IOException, InterruptedException {
    if (Stream.of(dryRun, verify, follow).filter(each -> each).count() > 1) {
      throw new ParameterException(
          spec.commandLine(), "Expected one of --dry-run, --verify and --follow, but got several.");
    }
    RedisAddress address = from == null ? Redis.oldStore(settings) : Redis.parse("--from", from);
    if (address == null) {
      throw new ParameterException(
          spec.commandLine(), "Expected REDIS_URL or --from, but there is neither.");
    }
    long begun = System.nanoTime();
    try (Interruption interruption = Interruption.watch();
        Connection session = settings.connect();
        MigrationReport report = new MigrationReport(reportFile);
        MigrationProgress progress =
            new MigrationProgress(spec.commandLine().getErr(), Terminal.ERR.isThere())) {
      RedisImport.Options options =
          new RedisImport.Options(
              dryRun, leaseSeconds, UUID.randomUUID(), progress, interruption::isRequested);
      if (verify) {
        ImportVerification.run(address, session, options, report);
      } else {
        take(address, session, options, report, progress, interruption);
      }
      progress.wipe();
      spec.commandLine()
          .getOut()
          .println(
              new MigrationView(json)
                  .of(report, dryRun, Duration.ofNanos(System.nanoTime() - begun)));
      return report.bad() > 0 ? Exit.FAILED : Exit.OK;
    }
  }

  private void take(
      RedisAddress address,
      Connection session,
      RedisImport.Options options,
      MigrationReport report,
      MigrationProgress progress,
      Interruption interruption)
      throws SQLException, InterruptedException {
    try (RedisImport redis =
        RedisImport.open(address, session, EntityRestores.of(settings), options, report)) {
      PrintWriter err = spec.commandLine().getErr();
      do {
        long began = System.nanoTime();
        RedisImport.Round round = redis.round();
        if (follow && !interruption.isRequested()) {
          progress.wipe();
          err.printf(
              "As the store was at %s, %.1f s behind it; %,d taken over.%n",
              round.began().truncatedTo(ChronoUnit.SECONDS),
              (System.nanoTime() - began) / 1e9,
              round.written());
          interruption.await(interval.toMillis(), TimeUnit.MILLISECONDS);
        }
      } while (follow && !interruption.isRequested());
    }
  }
}
