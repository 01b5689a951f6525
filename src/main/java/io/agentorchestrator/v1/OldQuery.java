package io.agentorchestrator.v1;

import io.agentorchestrator.rest.QueryParameters;
import org.jspecify.annotations.Nullable;

/**
 * Which page of a list was asked for.
 *
 * @param type exactly this type; null for all
 * @param status in this state; null for all
 * @param limit the most rows, 1 to 1000, default 100
 * @param offset how many rows come before, 0 to 10000, default 0
 */
record OldQuery<S>(@Nullable String type, @Nullable S status, int limit, int offset) {

  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1000;

  /** What comes before is looked through each time anew: further on, that is no way to read. */
  static final int MAX_OFFSET = 10_000;

  /**
   * Reads which page is asked for.
   *
   * @param successor the list that can be read to its end
   * @throws org.springframework.web.ErrorResponseException naming the parameter that is wrong
   */
  static <S> OldQuery<S> of(QueryParameters parameters, @Nullable S status, String successor) {
    Long limit = parameters.number("limit", 1, MAX_LIMIT);
    Long offset =
        parameters.number(
            "offset",
            0,
            MAX_OFFSET,
            "a whole number from 0 to %d; what comes later is read with the cursor of %s"
                .formatted(MAX_OFFSET, successor));
    return new OldQuery<>(
        parameters.text("type"),
        status,
        limit == null ? DEFAULT_LIMIT : limit.intValue(),
        offset == null ? 0 : offset.intValue());
  }

  /** Where the page ends, in rows of the list. */
  int end() {
    return offset + limit;
  }

  /** Whether it is of all there are. */
  boolean isOfAll() {
    return type == null && status == null;
  }
}
