package io.agentorchestrator.local;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A Prometheus server on this machine that asks one worker every second and evaluates the alert
 * rules. Its program is not on Maven: {@code -Dorchestrator.prometheus} says where it is, else it
 * is looked for on the path.
 */
public final class LocalPrometheus implements AutoCloseable {

  private static final String PROGRAM = System.getProperty("orchestrator.prometheus", "prometheus");

  private final ReservedPort port;
  private final Process process;

  private LocalPrometheus(ReservedPort port, Process process) {
    this.port = port;
    this.process = process;
  }

  /**
   * Starts one.
   *
   * @param folder an empty one, for what it keeps
   * @param worker where the worker's actuator is
   * @param rules the file of the alert rules
   */
  public static LocalPrometheus start(Path folder, URI worker, Path rules) throws IOException {
    Path settings = folder.resolve("prometheus.yml");
    Files.writeString(
        settings,
        """
        global:
          scrape_interval: 1s
          evaluation_interval: 1s
        rule_files: ['%s']
        scrape_configs:
          - job_name: agent-orchestrator
            metrics_path: /actuator/prometheus
            static_configs:
              - targets: ['%s']
        """
            .formatted(rules.toAbsolutePath(), worker.getAuthority()));
    ReservedPort port = ReservedPort.take();
    Process process =
        new ProcessBuilder(
                PROGRAM,
                "--config.file=" + settings,
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port.number(),
                "--log.level=warn")
            .redirectErrorStream(true)
            .redirectOutput(logOf(folder))
            .start();
    return new LocalPrometheus(port, process);
  }

  private static File logOf(Path folder) {
    return folder.resolve("prometheus.log").toFile();
  }

  /** Its API. */
  public URI api() {
    return URI.create("http://127.0.0.1:%d/api/v1/".formatted(port.number()));
  }

  @Override
  public void close() {
    Processes.kill(process);
    port.close();
  }
}
