package io.agentorchestrator.messages;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * That a command is a dead letter re-driven, as its record says of itself. Whoever may write
 * commands can write this too, so it informs and proves nothing.
 *
 * @param topic where the dead letter stands
 * @param partition its partition
 * @param offset its offset
 * @param actor who re-drove it, 1–255 characters; null where that was not said
 */
public record Redrive(
    String topic,
    int partition,
    long offset,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String actor) {}
