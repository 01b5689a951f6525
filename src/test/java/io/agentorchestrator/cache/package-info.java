/** Tests of the cache, with a real Redis. */
@NullMarked
package io.agentorchestrator.cache;

import org.jspecify.annotations.NullMarked;
