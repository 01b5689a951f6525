/**
 * What makes the fleet move: commands applied, tasks given to agents, time running out. Every door
 * to the state is here, and each is one transaction with its entries in the log.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "messages",
      "topics",
      "log",
      "agents",
      "tasks",
      "workflows",
      "database",
      "shutdown",
      "sqlstate"
    })
package io.agentorchestrator.engine;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
