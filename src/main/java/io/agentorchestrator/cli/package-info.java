/**
 * The command line in the worker's jar: what an operator asks or mends without starting a worker.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "messages",
      "topics",
      "database",
      "log",
      "agents",
      "tasks",
      "workflows",
      "engine",
      "commands",
      "deadletters",
      "migration",
      "redis",
      "rest",
      "schema",
      "security",
      "services"
    })
package io.agentorchestrator.cli;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
