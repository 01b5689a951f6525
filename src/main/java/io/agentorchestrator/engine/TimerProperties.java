package io.agentorchestrator.engine;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How time runs out for leases, deadlines and delays of retries.
 *
 * @param enabled whether this worker's timers run, default true
 * @param interval how often they look, 10 ms to 1 min, default 500 ms
 */
@Validated
@ConfigurationProperties("orchestrator.timers")
record TimerProperties(
    @DefaultValue("true") boolean enabled,
    @DurationMin(millis = 10) @DurationMax(minutes = 1) @DefaultValue("500ms") Duration interval) {}
