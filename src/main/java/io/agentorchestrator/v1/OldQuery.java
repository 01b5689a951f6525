package io.agentorchestrator.v1;

import io.agentorchestrator.rest.Parameter;
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

  /** What comes before is looked through each time anew: further on, that is no way to read. */
  static final int MAX_OFFSET = 10_000;

  static final Parameter<String> TYPE = Parameter.text("type").describedAs("Exactly this type.");

  static final Parameter<Long> LIMIT =
      Parameter.number("limit", 1, 1000)
          .usually(100L)
          .describedAs(
              "The most rows on the page; 400 where they take over 8 MiB, with the number that do"
                  + " not.");

  /**
   * Where a page begins.
   *
   * @param successor the list that can be read to its end
   */
  static Parameter<Long> offset(String successor) {
    return Parameter.number(
            "offset", 0, MAX_OFFSET, "what comes later is read with the cursor of " + successor)
        .usually(0L)
        .describedAs("How many rows come before. What comes later is read with the cursor of v2.");
  }

  /**
   * Reads which page is asked for.
   *
   * @throws org.springframework.web.ErrorResponseException naming the parameter that is wrong
   */
  static <S> OldQuery<S> of(
      QueryParameters parameters, @Nullable S status, Parameter<Long> offset) {
    return new OldQuery<>(
        parameters.get(TYPE),
        status,
        parameters.need(LIMIT).intValue(),
        parameters.need(offset).intValue());
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
