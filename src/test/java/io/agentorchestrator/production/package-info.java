/** What the profile {@code production} refuses. */
@NullMarked
package io.agentorchestrator.production;

import org.jspecify.annotations.NullMarked;
