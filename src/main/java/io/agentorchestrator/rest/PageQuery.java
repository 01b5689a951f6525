package io.agentorchestrator.rest;

import java.time.DateTimeException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jpa.domain.Specification;

/**
 * Which page of a list was asked for.
 *
 * @param order the list's order
 * @param filter what the list holds
 * @param start what comes after the cursor; null at the beginning
 * @param limit the most rows, 1 to 200, default 50
 * @param counted whether the rows of the whole list are to be counted
 * @param scope what a cursor of this list belongs to
 */
public record PageQuery<T>(
    Keyset<T> order,
    Specification<T> filter,
    @Nullable Specification<T> start,
    int limit,
    boolean counted,
    String scope) {

  private static final long DEFAULT_LIMIT = 50;
  private static final long MAX_LIMIT = 200;

  /**
   * Reads which page is asked for.
   *
   * @throws org.springframework.web.ErrorResponseException naming the parameter that is wrong
   */
  public static <T> PageQuery<T> of(QueryParameters parameters, Keyset<T> order, Filter<T> filter) {
    Long limit = parameters.number(AllowedParameters.LIMIT, 1, MAX_LIMIT);
    return new PageQuery<>(
        order,
        filter.toSpecification(),
        start(parameters, order),
        (int) Objects.requireNonNullElse(limit, DEFAULT_LIMIT).longValue(),
        Boolean.TRUE.equals(parameters.flag(AllowedParameters.COUNT)),
        parameters.scope());
  }

  private static <T> @Nullable Specification<T> start(QueryParameters parameters, Keyset<T> order) {
    String cursor = parameters.cursor();
    if (cursor == null) {
      return null;
    }
    List<String> position = Cursor.decode(parameters.scope(), cursor);
    if (position != null) {
      try {
        return order.after(position);
      } catch (IllegalArgumentException | DateTimeException e) {
        // Nobody but a forger gets here: refused like any cursor that is none.
      }
    }
    throw Problem.invalid(
        AllowedParameters.CURSOR,
        "the next_cursor of a page of this list, with the same filters and order");
  }
}
