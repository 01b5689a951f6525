package io.agentorchestrator.migration;

import io.agentorchestrator.messages.EntityType;
import java.util.Locale;

/** What the old store holds, in the order in which it is taken over: what is named comes first. */
public enum OldKind {
  AGENT(EntityType.AGENT),
  WORKFLOW(EntityType.WORKFLOW),
  TASK(EntityType.TASK);

  private final EntityType entityType;
  private final String key = name().toLowerCase(Locale.ROOT) + "s";

  OldKind(EntityType entityType) {
    this.entityType = entityType;
  }

  /** What its records become. */
  EntityType entityType() {
    return entityType;
  }

  /** The name of the hash in Redis, and of the table. */
  public String key() {
    return key;
  }

  /** One of them, as reports call it. */
  public String value() {
    return entityType.value();
  }
}
