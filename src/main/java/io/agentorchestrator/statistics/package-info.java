/** How many agents, tasks and workflows there are, by state: told over REST and as metrics. */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "messages",
      "agents",
      "tasks",
      "workflows",
      "database",
      "rest",
      "sqlstate"
    })
package io.agentorchestrator.statistics;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
