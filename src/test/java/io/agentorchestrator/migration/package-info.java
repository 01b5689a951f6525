@NullMarked
package io.agentorchestrator.migration;

import org.jspecify.annotations.NullMarked;
