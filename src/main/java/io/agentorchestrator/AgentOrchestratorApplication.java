package io.agentorchestrator;

import io.agentorchestrator.cli.Cli;
import io.agentorchestrator.shutdown.HardStop;
import io.agentorchestrator.shutdown.OutOfMemory;
import java.util.Optional;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * Starts the worker: commands in from Kafka, state in PostgreSQL, the log out to Kafka, reads. Or,
 * from the same jar, one of the commands of the command line.
 */
@SpringBootApplication
@EnableScheduling
public class AgentOrchestratorApplication {

  /**
   * Starts the worker, or runs a command and ends with its exit code.
   *
   * @param args Spring Boot command-line arguments, {@code --name=value}, or a command
   */
  public static void main(String[] args) {
    Optional<String[]> worker = Cli.workerArguments(args);
    if (worker.isPresent()) {
      HardStop.install();
      OutOfMemory.install();
      SpringApplication.run(AgentOrchestratorApplication.class, worker.get());
    } else {
      System.exit(Cli.execute(args));
    }
  }
}
