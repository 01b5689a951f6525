package io.agentorchestrator.stream;

import io.agentorchestrator.security.SecurityProperties.Mode;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How the live log is streamed, and to how many.
 *
 * @param maxReaders readers of this worker at once, 1 to 8000, default 2000; who comes then is
 *     answered 503. Each has a connection and a thread of its own.
 * @param maxReadersPerClient how many of them may be one client's, a key's name, a token's subject
 *     or else an address, 1 to 8000; default half of {@code max-readers}, and under {@code
 *     orchestrator.security.mode=none}, where all on the machine are one client, all of them; who
 *     has as many is answered 429
 * @param heartbeat how long nothing is sent before a comment is, 100 ms to 5 min, default 15 s;
 *     less than what proxies on the way bear
 * @param windowEvents how far a reader may be behind, in events of the whole log, 16 to 1000000,
 *     default 10000; kept in memory once, however many read
 * @param windowBytes likewise in bytes, 64 KiB to 1 GiB, default 32 MiB; one event is kept whatever
 *     its size
 * @param patience how long all wait for a reader that is a whole window behind, in all until it has
 *     caught up, before it is dropped; 0 to 1 min, default 2 s
 * @param catchUps readers at once that read their past from Kafka, each with a consumer of its own
 *     and up to 4 MiB of what it fetched, 1 to 100, default 8; others wait for their turn
 */
@Validated
@ConfigurationProperties("orchestrator.stream")
record StreamProperties(
    @Min(1) @Max(8000) @DefaultValue("2000") int maxReaders,
    @Min(1) @Max(8000) @Nullable Integer maxReadersPerClient,
    @NotNull @DurationMin(millis = 100) @DurationMax(minutes = 5) @DefaultValue("15s")
        Duration heartbeat,
    @Min(16) @Max(1_000_000) @DefaultValue("10000") int windowEvents,
    @Min(64 * 1024) @Max(1024 * 1024 * 1024) @DefaultValue("33554432") long windowBytes,
    @NotNull @DurationMin @DurationMax(minutes = 1) @DefaultValue("2s") Duration patience,
    @Min(1) @Max(100) @DefaultValue("8") int catchUps) {

  /** Returns how many readers a client may have at this worker under a mode. */
  int maxReadersPerClient(Mode mode) {
    return Objects.requireNonNullElse(
        maxReadersPerClient, mode == Mode.NONE ? maxReaders : Math.ceilDiv(maxReaders, 2));
  }
}
