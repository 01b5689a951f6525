/** The way of a command: received, decoded, applied in one transaction a poll, or dead-lettered. */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "messages",
      "topics",
      "deadletters",
      "log",
      "agents",
      "tasks",
      "engine",
      "database",
      "shutdown",
      "rest",
      "sqlstate"
    })
package io.agentorchestrator.commands;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
