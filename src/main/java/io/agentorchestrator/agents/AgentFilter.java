package io.agentorchestrator.agents;

import io.agentorchestrator.rest.Filter;
import io.agentorchestrator.rest.Parameter;
import io.agentorchestrator.rest.QueryParameters;
import jakarta.persistence.criteria.Root;
import jakarta.persistence.criteria.Subquery;
import org.springframework.data.jpa.domain.Specification;

/** Which agents a list holds. */
final class AgentFilter {

  static final Parameter<String> TYPE = Parameter.text("type").describedAs("Exactly this type.");
  static final Parameter<AgentStatus> STATUS =
      Parameter.oneOf("status", AgentStatus.values(), AgentStatus::value);
  static final Parameter<Boolean> BUSY =
      Parameter.flag("busy").describedAs("Whether all slots are taken.");
  static final Parameter<String> CAPABILITY =
      Parameter.text("capability")
          .repeated()
          .describedAs("Repeatable; the agents have all of them.");

  /** Of as many characters at least as the index can find. */
  static final Parameter<String> SEARCH =
      Parameter.text("q", 3).describedAs("A part of the name, in whatever case.");

  private AgentFilter() {}

  static Filter<Agent> of(QueryParameters parameters) {
    Filter<Agent> filter =
        new Filter<Agent>()
            .equal("type", parameters.get(TYPE))
            .equal("status", parameters.get(STATUS))
            .holdsAll("capabilities", parameters.all(CAPABILITY))
            .mentions("name", parameters.get(SEARCH));
    Boolean busy = parameters.get(BUSY);
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
