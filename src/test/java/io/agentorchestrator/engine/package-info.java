/** Tests of what makes the fleet move. */
@NullMarked
package io.agentorchestrator.engine;

import org.jspecify.annotations.NullMarked;
