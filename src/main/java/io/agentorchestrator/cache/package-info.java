/** The agents and tasks read last, in Redis, for reads while the database is away. */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "messages",
      "topics",
      "rest",
      "database",
      "shutdown",
      "redis",
      "sqlstate"
    })
package io.agentorchestrator.cache;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
