/** Tests of the monitoring of services. */
@NullMarked
package io.agentorchestrator.services;

import org.jspecify.annotations.NullMarked;
