/** The whole way of a command on real servers, as a user sees it from outside. */
@NullMarked
package io.agentorchestrator.pipeline;

import org.jspecify.annotations.NullMarked;
