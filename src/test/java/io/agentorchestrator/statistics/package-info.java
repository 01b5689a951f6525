/** Tests of the statistics. */
@NullMarked
package io.agentorchestrator.statistics;

import org.jspecify.annotations.NullMarked;
