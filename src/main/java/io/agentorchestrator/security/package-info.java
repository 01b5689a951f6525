/**
 * Who may read: who asks is found out, held to scopes and to a rate, on both ports; and what is
 * refused is counted. Whoever may send commands is Kafka's business.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"rest"})
package io.agentorchestrator.security;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
