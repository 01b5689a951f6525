package io.agentorchestrator.migration;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an agent of the old store is here. It had no lease: unless the operator gives it one, it has
 * one that never runs out, until it registers anew by itself.
 */
final class AgentMapping {

  private static final Map<String, String> STATES =
      Map.of("idle", "active", "busy", "active", "active", "active", "offline", "offline");

  /** What follows from an agent's tasks, and what moves with every heartbeat. */
  private static final Set<String> DERIVED = Set.of("status", "last_seen", "current_task");

  private static final Pattern ENDPOINT =
      Pattern.compile(
          "[hH][tT][tT][pP][sS]?://[^\\t\\n\\x0B\\f\\r /?#]+([/?#][^\\t\\n\\x0B\\f\\r ]*)?");

  private AgentMapping() {}

  static Mapped map(UUID id, OldJson record, int leaseSeconds, Instant now)
      throws UnimportableException {
    OldFields old = new OldFields(record);
    old.requireId(id);
    Instant lastSeen = lastSeen(old, now);
    ObjectNode agent = JsonNodeFactory.instance.objectNode();
    agent.put("type", old.required("type", 255));
    agent.put("name", old.name(id));
    agent.put("endpoint", endpoint(old));
    agent.putNull("version");
    old.capabilities().forEach(agent.putArray("capabilities")::add);
    agent.put("max_concurrent_tasks", 1);
    agent.put("enabled", true);
    agent.put("status", old.status(STATES));
    agent.put("lease_seconds", leaseSeconds);
    agent.putObject("metadata");
    // When it came into being nobody noted; it was there when it was heard of.
    agent.put("created_at", (lastSeen == null ? now : lastSeen).toString());
    agent.put("updated_at", now.toString());
    old.invent("created_at");
    // Of one that was never heard of, that is worth keeping.
    Set<String> derived = lastSeen == null ? Set.of("status", "current_task") : DERIVED;
    Instant shown = lastSeen == null ? now : lastSeen;
    agent.set("metadata", old.metadata(OldView.agent(withId(agent, id), shown, null), derived));
    return new Mapped(
        OldKind.AGENT, id, agent, Set.copyOf(old.invented()), null, lastSeen, old.notes());
  }

  private static ObjectNode withId(ObjectNode fields, UUID id) {
    ObjectNode entity = fields.deepCopy();
    entity.put("id", id.toString());
    return entity;
  }

  private static @Nullable Instant lastSeen(OldFields old, Instant now)
      throws UnimportableException {
    Instant lastSeen = old.time("last_seen");
    if (lastSeen != null && lastSeen.isAfter(now)) {
      old.note(Reason.REPLACED, "last_seen", "The time lies ahead; it has the import's.");
      return now;
    }
    return lastSeen;
  }

  private static String endpoint(OldFields old) throws UnimportableException {
    String endpoint = old.required("endpoint", 500);
    if (!ENDPOINT.matcher(endpoint).matches()) {
      throw new UnimportableException(
          Reason.OUT_OF_BOUNDS, "endpoint", "Expected an http or https URL, but it is none.");
    }
    return endpoint;
  }
}
