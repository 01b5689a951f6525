package io.agentorchestrator.tasks;

import java.time.Duration;
import java.time.Instant;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The order of waiting tasks: by priority, then age; but each step of priority is worth only so
 * much time, so that a task of low priority does not wait for ever. The place is fixed at creation,
 * so that an index holds it.
 *
 * @param ageing the head start of a step of priority: a task stands before one of the next higher
 *     priority that was created so much later; 1 s to 365 days, default 10 min
 */
@Validated
@ConfigurationProperties("orchestrator.tasks.queue")
public record QueueOrder(
    @DurationMin(seconds = 1) @DurationMax(days = 365) @DefaultValue("10m") Duration ageing) {

  /**
   * Returns where a task stands: the earlier, the further in front.
   *
   * @param createdAt when it was created
   * @param priority 1 (low) to 5
   */
  Instant rank(Instant createdAt, int priority) {
    return createdAt.minus(ageing.multipliedBy(priority));
  }
}
