/** The database's schema as operators handle it: created, filled, checked and taken away. */
@NullMarked
@ApplicationModule(allowedDependencies = {"log", "database"})
package io.agentorchestrator.schema;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
