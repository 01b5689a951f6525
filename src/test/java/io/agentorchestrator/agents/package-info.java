/** Tests of the agents' rules. */
@NullMarked
package io.agentorchestrator.agents;

import org.jspecify.annotations.NullMarked;
