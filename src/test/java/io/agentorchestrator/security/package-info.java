/** Tests of who may read. */
@NullMarked
package io.agentorchestrator.security;

import org.jspecify.annotations.NullMarked;
