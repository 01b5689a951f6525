package io.agentorchestrator.schema;

import org.jspecify.annotations.Nullable;

/** The schema must not be changed as asked; nothing was. The message says what is in the way. */
public final class SchemaRefusedException extends RuntimeException {

  SchemaRefusedException(@Nullable String message) {
    super(message);
  }
}
