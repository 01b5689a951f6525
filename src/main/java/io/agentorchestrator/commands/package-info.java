/** The way of a command: received, decoded, applied in one transaction a poll, or dead-lettered. */
@NullMarked
@ApplicationModule(allowedDependencies = {"messages", "topics", "log", "agents", "tasks", "rest"})
package io.agentorchestrator.commands;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
