/** Tests of how a worker ends. */
@NullMarked
package io.agentorchestrator.shutdown;

import org.jspecify.annotations.NullMarked;
