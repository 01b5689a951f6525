/** Tests of the schema. */
@NullMarked
package io.agentorchestrator.schema;

import org.jspecify.annotations.NullMarked;
