/** The orchestration log: appended with every change, relayed to Kafka, read over REST. */
@NullMarked
@ApplicationModule(allowedDependencies = {"messages", "topics", "rest", "shutdown", "sqlstate"})
package io.agentorchestrator.log;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
