/** Tests of what differs from Spring Boot's tracing. */
@NullMarked
package io.agentorchestrator.tracing;

import org.jspecify.annotations.NullMarked;
