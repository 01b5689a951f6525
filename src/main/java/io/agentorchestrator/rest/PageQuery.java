package io.agentorchestrator.rest;

import java.time.DateTimeException;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    Filter<T> filter,
    @Nullable Condition start,
    int limit,
    boolean counted,
    String scope) {

  public static final Parameter<Long> LIMIT =
      Parameter.number("limit", 1, 200).usually(50L).describedAs("The most rows on the page.");

  public static final Parameter<String> CURSOR =
      Parameter.opaque("cursor")
          .describedAs("The next_cursor of the page before, with the same filters and order.");

  public static final Parameter<Boolean> COUNT =
      Parameter.flag("count")
          .usually(false)
          .describedAs("Whether to count the rows of the whole list.");

  /**
   * Reads which page is asked for.
   *
   * @throws org.springframework.web.ErrorResponseException naming the parameter that is wrong
   */
  public static <T> PageQuery<T> of(QueryParameters parameters, Keyset<T> order, Filter<T> filter) {
    return new PageQuery<>(
        order,
        filter,
        start(parameters, order),
        parameters.need(LIMIT).intValue(),
        parameters.takes(COUNT) && parameters.need(COUNT),
        parameters.scope());
  }

  private static <T> @Nullable Condition start(QueryParameters parameters, Keyset<T> order) {
    String cursor = parameters.get(CURSOR);
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
        CURSOR.name(), "the next_cursor of a page of this list, with the same filters and order");
  }
}
