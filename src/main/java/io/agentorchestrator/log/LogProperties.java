package io.agentorchestrator.log;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * How long the log is kept.
 *
 * @param retention how long a month of the log stays in the database after its end, 30 to 36500
 *     days, and at least as long as commands' keys are remembered; none by default: for ever.
 *     Events stay on Kafka as long as the topic keeps them
 */
@Validated
@ConfigurationProperties("orchestrator.log")
public record LogProperties(
    @DurationMin(days = 30) @DurationMax(days = 36_500) @Nullable Duration retention) {}
