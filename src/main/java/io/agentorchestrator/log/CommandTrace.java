package io.agentorchestrator.log;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What one entry of the log says of the command that caused it.
 *
 * @param position the entry's position
 * @param recordedAt when
 * @param type the entry's type
 * @param source the command's source
 * @param digest its content's digest in hexadecimal digits, or null where it could not be read
 * @param commandType its type, or null likewise
 * @param rejection the entry's details, as JSON, where it tells of a refusal; else null
 */
public record CommandTrace(
    long position,
    Instant recordedAt,
    String type,
    String source,
    @Nullable String digest,
    @Nullable String commandType,
    @Nullable String rejection) {}
