/**
 * Spans of commands and reads, for whoever collects them: OpenTelemetry, and nothing of it where
 * nobody does.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"shutdown"})
package io.agentorchestrator.tracing;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
