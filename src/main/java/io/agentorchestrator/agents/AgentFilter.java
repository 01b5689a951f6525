package io.agentorchestrator.agents;

import io.agentorchestrator.rest.Filter;
import io.agentorchestrator.rest.QueryParameters;
import jakarta.persistence.criteria.Root;
import jakarta.persistence.criteria.Subquery;
import java.util.List;
import org.springframework.data.jpa.domain.Specification;

/** Which agents a list holds. */
final class AgentFilter {

  /** The least characters a search for a name must have: what the index can find. */
  private static final int MIN_SEARCH = 3;

  private AgentFilter() {}

  static Filter<Agent> of(QueryParameters parameters) {
    Filter<Agent> filter =
        new Filter<Agent>()
            .equal("type", parameters.text("type"))
            .equal(
                "status",
                parameters.oneOf("status", List.of(AgentStatus.values()), AgentStatus::value))
            .holdsAll("capabilities", parameters.texts("capability"))
            .mentions("name", parameters.text("q", MIN_SEARCH));
    Boolean busy = parameters.flag("busy");
    return busy == null ? filter : filter.where(busy ? busy() : Specification.not(busy()));
  }

  /** All slots are taken. */
  private static Specification<Agent> busy() {
    return (agent, query, criteria) -> {
      Subquery<Integer> found = query.subquery(Integer.class);
      Root<AgentActivity> activity = found.from(AgentActivity.class);
      found
          .select(criteria.literal(1))
          .where(
              criteria.equal(activity.get("agentId"), agent.get("id")),
              criteria.greaterThanOrEqualTo(
                  activity.<Integer>get("runningTasks"), agent.<Integer>get("maxConcurrentTasks")));
      return criteria.exists(found);
    };
  }
}
