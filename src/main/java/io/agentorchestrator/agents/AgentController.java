package io.agentorchestrator.agents;

import io.agentorchestrator.cache.LastKnown;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.rest.Keyset;
import io.agentorchestrator.rest.Operation;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Parameter;
import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
import io.agentorchestrator.rest.Values.Relation;
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

  private static final Parameter<Set<String>> INCLUDE =
      Parameter.include(new Relation("tasks", "Task", 200))
          .describedAs(
              "What to embed under its name. tasks (takes tasks:read, too), the tasks the agent"
                  + " holds, newest first, at most 200.");

  private static final Operation LIST =
      Operation.of(
          "listAgents",
          "Lists agents, newest first.",
          Operation.Answer.listing("agents", "A page of agents.", AgentReads.Derived.class),
          AgentFilter.TYPE,
          AgentFilter.STATUS,
          AgentFilter.BUSY,
          AgentFilter.CAPABILITY,
          AgentFilter.SEARCH,
          PageQuery.LIMIT,
          PageQuery.CURSOR,
          PageQuery.COUNT);

  private static final Operation ONE =
      Operation.of(
          "getAgent",
          "Reads an agent.",
          Operation.Answer.of("The agent.", AgentReads.Derived.class),
          INCLUDE);

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
  SequencedMap<String, @Nullable Object> listAgents(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, LIST);
    return agents
        .list(PageQuery.of(parameters, NEWEST_FIRST, AgentFilter.of(parameters)))
        .answering(LIST);
  }

  @GetMapping("/{id}")
  Object getAgent(
      HttpServletRequest request, HttpServletResponse response, @PathVariable String id) {
    Set<String> include = QueryParameters.of(request, ONE).need(INCLUDE);
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
