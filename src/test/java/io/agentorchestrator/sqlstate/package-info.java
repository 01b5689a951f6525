/** Tests of what is made of SQLSTATEs. */
@NullMarked
package io.agentorchestrator.sqlstate;

import org.jspecify.annotations.NullMarked;
