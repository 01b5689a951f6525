package io.agentorchestrator.security;

import static io.agentorchestrator.rest.Scope.AGENTS_READ;
import static io.agentorchestrator.rest.Scope.HEALTH_READ;
import static io.agentorchestrator.rest.Scope.LOG_READ;
import static io.agentorchestrator.rest.Scope.METRICS_READ;
import static io.agentorchestrator.rest.Scope.TASKS_READ;
import static io.agentorchestrator.rest.Scope.WORKFLOWS_READ;

import io.agentorchestrator.rest.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;
import org.springframework.security.web.firewall.RequestRejectedException;

/**
 * Which scopes a path takes. A path that none of the rules names is served to nobody.
 *
 * @param pattern the paths
 * @param scopes all of them are needed; none: anybody may
 * @param includes what an answer embeds if asked to, and the scope that takes
 */
record ReadRule(String pattern, Set<Scope> scopes, Map<String, Scope> includes)
    implements AuthorizationManager<RequestAuthorizationContext> {

  /** Those of the port of the reads. The first that fits counts. */
  static final List<ReadRule> READS =
      List.of(
          rule("/api/v2/agents/**", AGENTS_READ).including(Map.of("tasks", TASKS_READ)),
          rule("/api/v2/tasks/**", TASKS_READ)
              .including(Map.of("agent", AGENTS_READ, "workflow", WORKFLOWS_READ)),
          rule("/api/v2/workflows/**", WORKFLOWS_READ).including(Map.of("tasks", TASKS_READ)),
          rule("/api/v2/log/**", LOG_READ),
          rule("/api/v2/commands/**", LOG_READ),
          rule("/api/v2/statistics", AGENTS_READ, TASKS_READ, WORKFLOWS_READ),
          // Whoever lacks health:read learns only whether it is up.
          rule("/api/v2/health/database"),
          rule("/api/v2/health/**", HEALTH_READ),
          rule("/api/v1/agents/**", AGENTS_READ),
          rule("/api/v1/tasks/**", TASKS_READ),
          // Descriptions of the reads, the same everywhere; a browser opens a page without a key.
          rule("/docs/**"));

  /** Those of the management port. */
  static final List<ReadRule> MANAGEMENT =
      List.of(
          // Likewise; and probes carry no credentials.
          rule("/actuator/health/**"),
          rule("/actuator/info", HEALTH_READ),
          rule("/actuator/prometheus", METRICS_READ));

  private static ReadRule rule(String pattern, Scope... scopes) {
    return new ReadRule(pattern, Set.of(scopes), Map.of());
  }

  private ReadRule including(Map<String, Scope> embedded) {
    return new ReadRule(pattern, scopes, embedded);
  }

  @Override
  public ScopeDecision authorize(
      Supplier<? extends @Nullable Authentication> caller, RequestAuthorizationContext context) {
    Set<Scope> needed = needed(context.getRequest());
    if (needed.isEmpty()) {
      return new ScopeDecision(true, needed);
    }
    Authentication known = caller.get();
    return new ScopeDecision(known != null && grants(known, needed), needed);
  }

  private static boolean grants(Authentication caller, Set<Scope> needed) {
    Set<Scope> missing = EnumSet.copyOf(needed);
    for (GrantedAuthority granted : caller.getAuthorities()) {
      missing.removeIf(scope -> scope.value().equals(granted.getAuthority()));
    }
    return caller.isAuthenticated() && missing.isEmpty();
  }

  private Set<Scope> needed(HttpServletRequest request) {
    Set<Scope> needed = EnumSet.noneOf(Scope.class);
    needed.addAll(scopes);
    for (String embedded : embedded(request)) {
      Scope scope = includes.get(embedded);
      if (scope != null) {
        needed.add(scope);
      }
    }
    return needed;
  }

  /**
   * Read as the controllers do. What cannot be read is refused here and now: asked once more,
   * Tomcat gives whatever it did understand, and a controller would embed what nobody was asked
   * for.
   */
  private List<String> embedded(HttpServletRequest request) {
    if (includes.isEmpty() || request.getQueryString() == null) {
      return List.of();
    }
    try {
      String[] values = request.getParameterValues("include");
      return values == null ? List.of() : List.of(String.join(",", values).split(",", -1));
    } catch (IllegalStateException e) {
      throw new RequestRejectedException("The query string cannot be read.");
    }
  }
}
