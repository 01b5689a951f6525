/** How a worker that is told to end does so, in a bounded time. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.agentorchestrator.shutdown;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
