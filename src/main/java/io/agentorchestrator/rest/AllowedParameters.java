package io.agentorchestrator.rest;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The query parameters that a path takes. {@code min_position} is one of them everywhere.
 *
 * @param names all of them, in the order in which they are told
 * @param repeatable those that may be given more than once
 */
public record AllowedParameters(Set<String> names, Set<String> repeatable) {

  static final String LIMIT = "limit";
  static final String OFFSET = "offset";
  static final String CURSOR = "cursor";
  static final String COUNT = "count";
  static final String MIN_POSITION = "min_position";

  /** What does not decide which rows a list holds, and in which order. */
  static final Set<String> PAGING = Set.of(LIMIT, OFFSET, CURSOR, COUNT, MIN_POSITION);

  /** What says how a list is shown, and not what it holds. */
  static final Set<String> SHOWING = Set.of("sort", "order", "include");

  /** Parameters that may be given once. */
  public static AllowedParameters of(String... names) {
    Set<String> all = new LinkedHashSet<>(List.of(names));
    all.add(MIN_POSITION);
    return new AllowedParameters(Collections.unmodifiableSet(all), Set.of());
  }

  /** The same without {@code min_position}, for what no position of the log can be told of. */
  public AllowedParameters withoutPosition() {
    Set<String> others = new LinkedHashSet<>(names);
    others.remove(MIN_POSITION);
    return new AllowedParameters(Collections.unmodifiableSet(others), repeatable);
  }

  /** Allows some of them to be given more than once. */
  public AllowedParameters repeatable(String... repeated) {
    return new AllowedParameters(names, Set.of(repeated));
  }
}
