/** The live log: what comes onto Kafka's log topic, as Server-Sent Events. */
@NullMarked
@ApplicationModule(allowedDependencies = {"messages", "topics", "rest", "security", "shutdown"})
package io.agentorchestrator.stream;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
