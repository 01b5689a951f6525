/** The workflows: tasks that belong together, depend on each other, and end together. */
@NullMarked
@ApplicationModule(allowedDependencies = {"messages", "log", "agents", "tasks", "rest"})
package io.agentorchestrator.workflows;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
