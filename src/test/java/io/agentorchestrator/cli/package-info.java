/** Tests of the command line. */
@NullMarked
package io.agentorchestrator.cli;

import org.jspecify.annotations.NullMarked;
