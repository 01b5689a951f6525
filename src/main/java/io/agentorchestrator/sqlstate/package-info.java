/** What PostgreSQL says of a failure, for whoever has to judge it, count it or tell of it. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.agentorchestrator.sqlstate;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
