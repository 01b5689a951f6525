/** The tasks: what is to be done, who does it, how it ended. */
@NullMarked
@ApplicationModule(allowedDependencies = {"messages", "log", "agents", "rest", "cache"})
package io.agentorchestrator.tasks;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
