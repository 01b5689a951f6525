package io.agentorchestrator.tasks;

import io.agentorchestrator.rest.Listing;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;

/**
 * That a task has a tag or requires a capability, listed in the orders of the tasks: what many
 * tasks have is found page by page. The database keeps the rows itself, by triggers (V11); nobody
 * else writes them.
 */
@Entity
@Immutable
@Table(name = "task_labels")
class TaskLabel {

  /** The task's. To Hibernate it is the row's, of which there may be many: none is ever loaded. */
  @Id
  @Column(name = "task_id")
  private UUID id;

  @Column(nullable = false)
  private boolean required;

  @Column(nullable = false)
  private String label;

  @Column(nullable = false)
  private short priority;

  @Column(nullable = false)
  private Instant createdAt;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected TaskLabel() {}

  /** The tasks of a tag. */
  static Listing<TaskLabel> tag(String tag) {
    return of(false, tag);
  }

  /** The tasks that require a capability. */
  static Listing<TaskLabel> capability(String capability) {
    return of(true, capability);
  }

  private static Listing<TaskLabel> of(boolean required, String label) {
    return new Listing<>(
        TaskLabel.class,
        (listed, criteria) ->
            criteria.and(
                criteria.equal(listed.get("required"), required),
                criteria.equal(listed.get("label"), label)));
  }
}
