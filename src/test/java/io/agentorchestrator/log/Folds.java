package io.agentorchestrator.log;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Entities as a reader of the log would know them; a version that is missing or twice is a fault.
 */
public final class Folds {

  private static final JsonMapper JSON = new JsonMapper();

  private final Map<UUID, EntityFold> folds = new HashMap<>();

  /** Reads the next entries. */
  public void read(List<Appended> entries) {
    for (Appended entry : entries) {
      if (entry.entityVersion() != null) {
        folds
            .computeIfAbsent(requireNonNull(entry.entityId()), EntityFold::new)
            .apply(entry.entityVersion(), json(entry.changes()));
      }
    }
  }

  /** Fails unless the entries read give exactly what the entity shows. */
  public void assertTell(RecordedEntity entity) {
    EntityFold fold = folds.get(entity.id());
    assertThat(fold).as("events of %s", entity.id()).isNotNull();
    assertThat(requireNonNull(fold).entity()).isEqualTo(json(entity.representation()));
  }

  private static ObjectNode json(Map<String, ? extends @Nullable Object> members) {
    return (ObjectNode) JSON.readTree(JSON.writeValueAsString(members));
  }
}
