/** Tests of the live log. */
@NullMarked
package io.agentorchestrator.stream;

import org.jspecify.annotations.NullMarked;
