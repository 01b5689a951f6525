/** How a Redis is reached: that of the cache, and the store of the service before. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.agentorchestrator.redis;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
