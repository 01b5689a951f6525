/**
 * The messages: commands as they come in, events as they go out; the Java mirror of {@code
 * schemas/}.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.agentorchestrator.messages;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
