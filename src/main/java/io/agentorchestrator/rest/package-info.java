/** What all reads over REST share: strict parameters, pages, and errors as problem details. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package io.agentorchestrator.rest;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
