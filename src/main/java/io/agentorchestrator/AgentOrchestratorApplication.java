package io.agentorchestrator;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.scheduling.annotation.EnableScheduling;

/** Starts the worker: commands in from Kafka, state in PostgreSQL, the log out to Kafka, reads. */
@SpringBootApplication
@EnableScheduling
public class AgentOrchestratorApplication {

  /**
   * Starts the worker.
   *
   * @param args Spring Boot command-line arguments, {@code --name=value}
   */
  public static void main(String[] args) {
    SpringApplication.run(AgentOrchestratorApplication.class, args);
  }
}
