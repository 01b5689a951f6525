package io.agentorchestrator.rest;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where rows of a list are found in its order, by an index on what they have in common: in their
 * own table, or in one that lists them because no index on theirs could. Its attributes are called
 * as theirs are, as far as an order takes them.
 *
 * @param rows the entity to be looked through
 * @param condition what its rows have in common
 * @param leading the attribute that index begins with, if it has to be that index; else null
 * @param <L> that entity
 */
public record Listing<L>(Class<L> rows, Condition condition, @Nullable String leading) {

  /** Likewise, of rows that nothing else lists in that order. */
  public Listing(Class<L> rows, Condition condition) {
    this(rows, condition, null);
  }

  /**
   * Those of its rows that have a value in common, too. If the attribute is the leading one,
   * PostgreSQL is not to see that it is one value alone: it finds rows in the order of that
   * attribute and then of others only by an index that begins with it. Told of one value, it could
   * do without, and would, where it takes that value to be everywhere: it would look for it in the
   * order of the list, past all rows that have another.
   */
  Listing<L> with(String attribute, Object value) {
    List<Object> values = attribute.equals(leading) ? List.of(value, value) : List.of(value);
    return new Listing<>(
        rows, condition.and((row, criteria) -> row.get(attribute).in(values)), leading);
  }
}
