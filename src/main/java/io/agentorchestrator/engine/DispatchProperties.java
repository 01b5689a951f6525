package io.agentorchestrator.engine;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How waiting tasks find their agents.
 *
 * @param enabled whether this worker dispatches, default true
 * @param sweep how often dispatch looks by itself, should a signal have been lost with the worker
 *     that was to hear it; 100 ms to 1 min, default 1 s
 */
@Validated
@ConfigurationProperties("orchestrator.dispatch")
record DispatchProperties(
    @DefaultValue("true") boolean enabled,
    @DurationMin(millis = 100) @DurationMax(minutes = 1) @DefaultValue("1s") Duration sweep) {}
