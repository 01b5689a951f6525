/** The agents: who is there, what each can do, who was heard of last. */
@NullMarked
@ApplicationModule(allowedDependencies = {"messages", "log", "rest", "cache"})
package io.agentorchestrator.agents;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
