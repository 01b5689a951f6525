/** Tests of what becomes of dead letters. */
@NullMarked
package io.agentorchestrator.deadletters;

import org.jspecify.annotations.NullMarked;
