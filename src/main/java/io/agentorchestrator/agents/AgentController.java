package io.agentorchestrator.agents;

import io.agentorchestrator.cache.LastKnown;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.rest.AllowedParameters;
import io.agentorchestrator.rest.Keyset;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v2/agents}. */
@RestController
@RequestMapping(path = "/api/v2/agents", produces = MediaType.APPLICATION_JSON_VALUE)
class AgentController {

  private static final AllowedParameters LIST =
      AllowedParameters.of("type", "status", "busy", "capability", "q", "limit", "cursor", "count")
          .repeatable("capability");
  private static final AllowedParameters ONE = AllowedParameters.of("include");

  private static final Keyset<Agent> NEWEST_FIRST =
      Keyset.descending(
          List.of(Keyset.Key.time("createdAt", Agent::createdAt), Keyset.Key.id("id", Agent::id)));

  private final AgentReads agents;
  private final LastKnown lastKnown;

  AgentController(AgentReads agents, LastKnown lastKnown) {
    this.agents = agents;
    this.lastKnown = lastKnown;
  }

  @GetMapping
  SequencedMap<String, @Nullable Object> list(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, LIST);
    return agents
        .list(PageQuery.of(parameters, NEWEST_FIRST, AgentFilter.of(parameters)))
        .named("agents");
  }

  @GetMapping("/{id}")
  Object one(HttpServletRequest request, HttpServletResponse response, @PathVariable String id) {
    Set<String> include = QueryParameters.of(request, ONE).include("tasks");
    UUID agentId = QueryParameters.pathId("id", id);
    return find(agentId, include, response).orElseThrow(() -> Problem.notFound("agent", agentId));
  }

  private Optional<?> find(UUID id, Set<String> include, HttpServletResponse response) {
    return include.isEmpty()
        ? lastKnown.read(
            EntityType.AGENT, id, AgentReads.DERIVED, response, () -> agents.find(id, false))
        : agents.find(id, true);
  }
}
