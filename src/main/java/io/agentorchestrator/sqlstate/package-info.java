/** What PostgreSQL says of a failure, for whoever has to judge or to count it. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.agentorchestrator.sqlstate;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
