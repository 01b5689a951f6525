/** Tests of the orchestration log. */
@NullMarked
package io.agentorchestrator.log;

import org.jspecify.annotations.NullMarked;
