@NullMarked
package io.agentorchestrator.v1;

import org.jspecify.annotations.NullMarked;
