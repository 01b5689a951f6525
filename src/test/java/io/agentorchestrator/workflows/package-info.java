/** Tests of the workflows' rules. */
@NullMarked
package io.agentorchestrator.workflows;

import org.jspecify.annotations.NullMarked;
