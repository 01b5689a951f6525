/** The dead letters once they are there: read, and re-driven when their cause is mended. */
@NullMarked
@ApplicationModule(allowedDependencies = {"messages"})
package io.agentorchestrator.deadletters;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
