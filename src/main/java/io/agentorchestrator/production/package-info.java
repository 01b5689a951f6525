/** The profile {@code production}: what a worker must not be started with there. */
@NullMarked
@ApplicationModule(allowedDependencies = "database")
package io.agentorchestrator.production;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
