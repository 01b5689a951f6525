package io.agentorchestrator.log;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How the log gets from PostgreSQL to Kafka.
 *
 * @param enabled whether this worker may run the relay; default true. Without any worker that may,
 *     PostgreSQL keeps WAL for ever, and on a server that was started anew no command is applied.
 * @param slot the replication slot, 1 to 63 of {@code a-z}, {@code 0-9} and {@code _}; default
 *     {@code agent_orchestrator}. Also the transactional id on Kafka: two installations that share
 *     a Kafka or a PostgreSQL need two.
 * @param linger how long rows gather after a commit on Kafka, 0 to 1 s, default 3 ms. Transactions
 *     one right after the other make the broker wait for longer than that.
 * @param pollInterval how often new rows are looked for, 1 ms to 1 s, default 20 ms: latency
 *     against CPU when idle, for Debezium's queue spins through the last millisecond of each
 * @param maxRecords events in one transaction on Kafka at most, 1 to 10000, default 500
 * @param maxBytes bytes of events in one transaction on Kafka, 1 KiB to 64 MiB, default 8 MiB; the
 *     event that goes past it is still in
 */
@Validated
@ConfigurationProperties("orchestrator.relay")
public record RelayProperties(
    @DefaultValue("true") boolean enabled,
    @NotNull @Pattern(regexp = "[a-z0-9_]{1,63}") @DefaultValue("agent_orchestrator") String slot,
    @NotNull @DurationMin @DurationMax(seconds = 1) @DefaultValue("3ms") Duration linger,
    @NotNull @DurationMin(millis = 1) @DurationMax(seconds = 1) @DefaultValue("20ms")
        Duration pollInterval,
    @Min(1) @Max(10_000) @DefaultValue("500") int maxRecords,
    @Min(1024) @Max(64 * 1024 * 1024) @DefaultValue("8388608") int maxBytes) {}
