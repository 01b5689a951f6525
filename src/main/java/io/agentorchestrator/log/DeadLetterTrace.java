package io.agentorchestrator.log;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the log says of a command that could not be read, or was given up.
 *
 * @param source its source
 * @param type its type, or null where it could not be read
 * @param time when
 * @param position the position of the entry
 */
public record DeadLetterTrace(String source, @Nullable String type, Instant time, long position) {}
