package io.agentorchestrator.cli;

import io.agentorchestrator.migration.MigrationReport;
import io.agentorchestrator.migration.RedisExport;
import io.agentorchestrator.migration.RedisImport;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes what is here into a Redis, as the service before kept it. */
@Command(
    name = "redis",
    description = {
      "Writes agents, workflows and tasks, as they are at one moment, into a Redis in the form of"
          + " the service before: the way back. REDIS_URL is never written to. Nobody sees the new"
          + " hashes before all of them are written.",
      ""
    },
    exitCodeList = {
      "0:all of it is written",
      "1:refused, or failed: nothing that anybody reads was changed",
      "2:not understood, nothing was done",
      "3:PostgreSQL or Redis could not be reached; run it again",
      "130:interrupted by Ctrl-C; run it again"
    })
final class ExportRedisCommand implements Callable<Integer> {

  private final Settings settings;

  @Spec private CommandSpec spec;

  @Option(
      names = "--to",
      paramLabel = "URL",
      required = true,
      description = "Where to: redis://user:password@host:port/database, or rediss://….")
  private String to = "";

  @Option(
      names = "--overwrite",
      description = "Replace the agents, tasks and workflows that are there.")
  private boolean overwrite;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      defaultValue = "export-redis-report.jsonl",
      description = "Where the report goes, written anew; default ${DEFAULT-VALUE}.")
  private Path reportFile = Path.of("export-redis-report.jsonl");

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  ExportRedisCommand(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Integer call() throws SQLException, IOException {
    long begun = System.nanoTime();
    try (Interruption interruption = Interruption.watch();
        Connection session = settings.connect();
        MigrationReport report = new MigrationReport(reportFile);
        MigrationProgress progress =
            new MigrationProgress(spec.commandLine().getErr(), Terminal.ERR.isThere())) {
      RedisExport.run(
          Redis.parse("--to", to),
          Redis.oldStore(settings),
          session,
          overwrite,
          new RedisImport.Options(false, 0, UUID.randomUUID(), progress, interruption::isRequested),
          report);
      progress.wipe();
      spec.commandLine()
          .getOut()
          .println(
              new MigrationView(json)
                  .of(report, false, Duration.ofNanos(System.nanoTime() - begun)));
      return interruption.isRequested() ? Exit.FAILED : Exit.OK;
    }
  }
}
