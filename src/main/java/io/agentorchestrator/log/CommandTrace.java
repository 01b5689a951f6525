package io.agentorchestrator.log;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the log says of a command that was applied.
 *
 * @param source the command's source
 * @param digest its content's digest in hexadecimal digits
 * @param type its type
 * @param time when it was applied
 * @param positions the positions of its entries, rising; at least one
 * @param rejection the details, as JSON, where it was refused; else null
 */
public record CommandTrace(
    String source,
    String digest,
    String type,
    Instant time,
    List<Long> positions,
    @Nullable String rejection) {}
