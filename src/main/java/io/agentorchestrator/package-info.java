/** The Agent Orchestrator: the system of record for a fleet of AI agents. */
@NullMarked
package io.agentorchestrator;

import org.jspecify.annotations.NullMarked;
