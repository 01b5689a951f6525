package io.agentorchestrator.security;

import io.agentorchestrator.rest.Scope;
import java.util.EnumSet;
import java.util.Set;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPatternParser;

/** Tells the other tests what {@link ReadRule} says. */
public final class ScopesOfPaths {

  private ScopesOfPaths() {}

  /**
   * Returns the scopes that a path takes; none: anybody may read it.
   *
   * @throws IllegalStateException if no rule names it
   */
  public static Set<Scope> of(String path) {
    PathPatternParser parser = new PathPatternParser();
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    scopes.addAll(
        ReadRule.READS.stream()
            .filter(rule -> parser.parse(rule.pattern()).matches(PathContainer.parsePath(path)))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no rule in ReadRule names " + path))
            .scopes());
    return scopes;
  }
}
