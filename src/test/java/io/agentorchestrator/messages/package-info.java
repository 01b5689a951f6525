/** Tests of the messages. */
@NullMarked
package io.agentorchestrator.messages;

import org.jspecify.annotations.NullMarked;
