/**
 * What callers of the service before find: its reads under {@code /api/v1}, for as long as somebody
 * needs them, and in place of its writes the command to send. A module of its own beside {@code
 * migration}, which knows what a record means and serves nothing: it goes when the last caller has
 * gone, and the import stays as narrow as it is.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"messages", "topics", "rest", "migration", "redis"})
package io.agentorchestrator.v1;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
