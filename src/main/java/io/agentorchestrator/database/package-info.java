/** The connection to PostgreSQL: where it is, how many connections, what becomes of hung ones. */
@NullMarked
@ApplicationModule(allowedDependencies = {"rest", "log", "shutdown", "sqlstate"})
package io.agentorchestrator.database;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
