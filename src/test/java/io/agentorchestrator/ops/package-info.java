/**
 * What operators are handed: the container image and the Compose file, checked as far as files go.
 */
@NullMarked
package io.agentorchestrator.ops;

import org.jspecify.annotations.NullMarked;
