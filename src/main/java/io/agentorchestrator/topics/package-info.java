/** The Kafka topics: their names, how they are created, and what is wrong with those that exist. */
@NullMarked
@ApplicationModule(allowedDependencies = "shutdown")
package io.agentorchestrator.topics;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
