package io.agentorchestrator.cache;

import io.agentorchestrator.cache.CachedEntities.Seen;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.rest.DatabaseAway;
import io.agentorchestrator.rest.MinPosition;
import io.agentorchestrator.sqlstate.SqlStates;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers a read with what was last known, where there is a cache and the database is away. Such an
 * answer is told by its headers: {@code Age} (RFC 9111, section 5.1), a negative {@code ttl} in
 * {@code Cache-Status} (RFC 9211), and {@code Orchestrator-Stale}. It has the fields that have a
 * version and none of the derived ones, which nobody could say an age of.
 */
@Component
public class LastKnown {

  /** What each field takes besides its text. */
  private static final long FIELD_BYTES = 64;

  private final ObjectProvider<CachedEntities> cache;
  private final JsonMapper json;
  private final MeterRegistry meters;

  LastKnown(ObjectProvider<CachedEntities> cache, JsonMapper json, MeterRegistry meters) {
    this.cache = cache;
    this.json = json;
    this.meters = meters;
  }

  /**
   * Reads an entity, and keeps what the database says of it for later.
   *
   * @param derived the fields that have no version
   * @param response gets the headers where the answer is an old one
   * @param read asks the database
   * @return what is to be shown, or empty if the database knows no such entity
   * @throws RuntimeException as {@code read} does, where nothing is known or a read must not be
   *     older than a certain position
   */
  public Optional<Object> read(
      EntityType type,
      UUID id,
      Set<String> derived,
      HttpServletResponse response,
      Supplier<Optional<SequencedMap<String, @Nullable Object>>> read) {
    CachedEntities entities = cache.getIfAvailable();
    if (entities == null) {
      return read.get().map(Object.class::cast);
    }
    Optional<SequencedMap<String, @Nullable Object>> found;
    try {
      found = read.get();
    } catch (RuntimeException e) {
      if (!DatabaseAway.isCauseOf(e) || MinPosition.ofRequest().isPresent()) {
        throw e;
      }
      Seen seen = entities.find(type, id).orElseThrow(() -> e);
      SqlStates.count(e, meters); // Nobody else gets to see it.
      mark(response, seen);
      return Optional.of(new JsonObject(seen.json()));
    }
    found.ifPresent(entity -> keep(entities, type, id, derived, entity));
    return found.map(Object.class::cast);
  }

  private void keep(
      CachedEntities entities,
      EntityType type,
      UUID id,
      Set<String> derived,
      Map<String, @Nullable Object> entity) {
    if (entity.get("entity_version") instanceof Long version) {
      Map<String, @Nullable Object> versioned = new LinkedHashMap<>(entity);
      versioned.keySet().removeAll(derived);
      entities.keep(type, id, version, bytes(versioned), () -> json.writeValueAsString(versioned));
    }
  }

  /** About how much memory a value takes; what is long in an entity is text. */
  static long bytes(@Nullable Object value) {
    if (value == null) {
      return FIELD_BYTES;
    }
    return FIELD_BYTES
        + switch (value) {
          case CharSequence text -> (long) text.length() * Character.BYTES;
          case JsonObject object -> bytes(object.json());
          case Map<?, ?> fields -> fields.values().stream().mapToLong(LastKnown::bytes).sum();
          case Collection<?> values -> values.stream().mapToLong(LastKnown::bytes).sum();
          default -> 0;
        };
  }

  private static void mark(HttpServletResponse response, Seen seen) {
    long age = seen.age().toSeconds();
    response.setHeader(HttpHeaders.AGE, Long.toString(age));
    response.setHeader(
        "Cache-Status",
        "agent-orchestrator; hit; ttl=-%d; detail=\"database away\"".formatted(Math.max(1, age)));
    response.setHeader("Orchestrator-Stale", "true");
    response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
  }
}
