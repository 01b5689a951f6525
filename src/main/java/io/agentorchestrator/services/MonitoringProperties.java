package io.agentorchestrator.services;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How services are monitored.
 *
 * @param enabled whether services are monitored, default true; else none is probed or shown
 * @param maxConcurrency services that this worker probes at a time, each with a thread, 1 to 100,
 *     default 8
 * @param sweep how often this worker looks for services whose turn it is, 50 ms to 1 min, default 1
 *     s
 * @param userAgent what probes call themselves, 1 to 255 printable ASCII characters, default {@code
 *     agent-orchestrator}
 */
@Validated
@ConfigurationProperties("orchestrator.service-monitoring")
record MonitoringProperties(
    @DefaultValue("true") boolean enabled,
    @Min(1) @Max(100) @DefaultValue("8") int maxConcurrency,
    @DurationMin(millis = 50) @DurationMax(minutes = 1) @DefaultValue("1s") Duration sweep,
    @Pattern(regexp = "[ -~]{1,255}") @DefaultValue("agent-orchestrator") String userAgent) {}
