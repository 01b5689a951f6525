package io.agentorchestrator.messages;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A JSON object of a user's own, kept as the compact text it was read into: what is inside is never
 * interpreted, and numbers keep the digits they came with.
 *
 * @param json compact JSON text of an object, trusted to be valid
 */
public record JsonObject(@JsonValue @JsonRawValue String json) {

  /** The object without members. */
  public static final JsonObject EMPTY = new JsonObject("{}");
}
