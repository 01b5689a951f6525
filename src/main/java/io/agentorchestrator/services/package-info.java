/**
 * Monitored services: what is configured is probed over HTTP, by one worker at a time, and what
 * that tells of each is kept, told by the log when it changes, and read.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {"messages", "log", "rest", "database", "engine", "shutdown", "sqlstate"})
package io.agentorchestrator.services;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
