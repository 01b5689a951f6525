/** Whatever may break, breaks, on real processes; an oracle judges what came of the commands. */
@NullMarked
package io.agentorchestrator.faults;

import org.jspecify.annotations.NullMarked;
