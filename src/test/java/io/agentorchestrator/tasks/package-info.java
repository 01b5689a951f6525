/** Tests of the tasks' rules. */
@NullMarked
package io.agentorchestrator.tasks;

import org.jspecify.annotations.NullMarked;
