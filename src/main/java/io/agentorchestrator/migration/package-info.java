/**
 * The move from the service before, which kept its state in Redis: its records taken over, written
 * back, and read as it showed them.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"messages", "database", "log", "redis"})
package io.agentorchestrator.migration;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
