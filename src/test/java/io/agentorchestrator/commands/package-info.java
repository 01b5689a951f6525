/** Tests of the way of a command. */
@NullMarked
package io.agentorchestrator.commands;

import org.jspecify.annotations.NullMarked;
