package io.agentorchestrator.rest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list.
 *
 * @param rows what is on it
 * @param limit the most rows there could have been
 * @param nextCursor where the next one begins; null at the end
 * @param total how many rows the whole list has; null where nobody asked
 */
public record Page<T>(List<T> rows, int limit, @Nullable String nextCursor, @Nullable Total total) {

  /**
   * How many rows a list has.
   *
   * @param count their number, or {@link #MOST} if there are more
   * @param exact false if there are more
   */
  public record Total(long count, boolean exact) {

    /** Up to here rows are counted. */
    public static final int MOST = 100_000;
  }

  /** The same page with each row as something else. */
  public <R> Page<R> map(Function<List<T>, List<R>> conversion) {
    return new Page<>(conversion.apply(rows), limit, nextCursor, total);
  }

  /**
   * Returns the page as it is shown.
   *
   * @param operation whose answer it is
   */
  public SequencedMap<String, @Nullable Object> answering(Operation operation) {
    SequencedMap<String, @Nullable Object> shown = LinkedHashMap.newLinkedHashMap(5);
    shown.put(operation.list(), rows);
    shown.put("limit", limit);
    shown.put("next_cursor", nextCursor);
    if (total != null) {
      shown.put("total_count", total.count());
      shown.put("total_count_exact", total.exact());
    }
    return shown;
  }
}
