/** The schemas as a user sees them, and messages to hold them and the decoder against. */
@NullMarked
package io.agentorchestrator.schemas;

import org.jspecify.annotations.NullMarked;
