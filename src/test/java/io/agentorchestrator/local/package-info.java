/** PostgreSQL and Kafka on this machine: one fixture for the tests and for the local run. */
@NullMarked
package io.agentorchestrator.local;

import org.jspecify.annotations.NullMarked;
