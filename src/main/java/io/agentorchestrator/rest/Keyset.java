package io.agentorchestrator.rest;

import jakarta.persistence.criteria.CriteriaBuilder;
import jakarta.persistence.criteria.Expression;
import jakarta.persistence.criteria.From;
import jakarta.persistence.criteria.Order;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hibernate.query.criteria.HibernateCriteriaBuilder;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Sort;

/**
 * An order of rows that leaves no ties, all keys in one direction, so that a page begins exactly
 * where the last one ended, whatever was added in between. An index must hold the keys in this
 * order: rows are compared as a whole, {@code (created_at, id) <= (?, ?)}, which PostgreSQL finds
 * in it at once.
 *
 * @param <T> the entity
 */
public final class Keyset<T> {

  /**
   * One key of an order.
   *
   * @param attribute the entity's attribute
   * @param value reads it from a row
   * @param read reads it from {@code value}'s text
   */
  public record Key<T>(String attribute, Function<T, ?> value, Function<String, ?> read) {

    /** A key that is a time, within the years that a parameter may name too. */
    public static <T> Key<T> time(String attribute, Function<T, Instant> value) {
      return new Key<>(attribute, value, Key::storable);
    }

    /** PostgreSQL has an end of time that Java's is far beyond. */
    private static Instant storable(String text) {
      Instant time = Instant.parse(text);
      if (time.isBefore(EARLIEST) || !time.isBefore(END)) {
        throw new DateTimeException("Expected a time of the years 0 to 9999.");
      }
      return time;
    }

    /** A key that is an id. */
    public static <T> Key<T> id(String attribute, Function<T, UUID> value) {
      return new Key<>(attribute, value, UUID::fromString);
    }
  }

  private static final Instant EARLIEST = Instant.parse("0000-01-01T00:00:00Z");
  private static final Instant END = Instant.parse("+10000-01-01T00:00:00Z");

  private final List<Key<T>> keys;
  private final boolean descending;

  private Keyset(List<Key<T>> keys, boolean descending) {
    this.keys = keys;
    this.descending = descending;
  }

  /** The largest first; by the later keys where the earlier are equal. */
  public static <T> Keyset<T> descending(List<Key<T>> keys) {
    return new Keyset<>(List.copyOf(keys), true);
  }

  /** The same rows in the opposite order. */
  public Keyset<T> reversed() {
    return new Keyset<>(keys, !descending);
  }

  Sort sort() {
    return Sort.by(
        descending ? Sort.Direction.DESC : Sort.Direction.ASC,
        keys.stream().map(Key::attribute).toArray(String[]::new));
  }

  /** A row's place in this order. */
  List<String> position(T row) {
    return keys.stream().map(key -> key.value().apply(row).toString()).toList();
  }

  /** The attribute that no two rows have the same of: the last one, which leaves no ties. */
  String identity() {
    return keys.getLast().attribute();
  }

  /** The order of rows that have its attributes. */
  List<Order> of(From<?, ?> row, CriteriaBuilder criteria) {
    return keys.stream().map(key -> ordered(key.attribute(), descending, row, criteria)).toList();
  }

  /**
   * Likewise, as an index has it that begins with another attribute, which rises where the largest
   * keys come first.
   *
   * @param leading that attribute, which all the rows have the same of; null without one
   */
  List<Order> within(@Nullable String leading, From<?, ?> row, CriteriaBuilder criteria) {
    return leading == null
        ? of(row, criteria)
        : Stream.concat(
                Stream.of(ordered(leading, !descending, row, criteria)), of(row, criteria).stream())
            .toList();
  }

  private static Order ordered(
      String attribute, boolean descending, From<?, ?> row, CriteriaBuilder criteria) {
    return descending ? criteria.desc(row.get(attribute)) : criteria.asc(row.get(attribute));
  }

  /**
   * The rows that come after a place. Those at the place itself are left out apart: of rows that
   * are compared, PostgreSQL estimates the first keys alone, and of {@code <} it would expect
   * nothing at all behind a priority that is the lowest, however many rows have it, and look for
   * that nothing by any index.
   *
   * @throws IllegalArgumentException if it is no place in this order
   * @throws java.time.DateTimeException likewise
   */
  Condition after(List<String> position) {
    if (position.size() != keys.size()) {
      throw new IllegalArgumentException(
          "%d values for %d keys".formatted(position.size(), keys.size()));
    }
    List<Object> there = new ArrayList<>(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      there.add(keys.get(i).read().apply(position.get(i)));
    }
    return (row, criteria) -> {
      HibernateCriteriaBuilder builder = (HibernateCriteriaBuilder) criteria;
      Expression<String> here =
          row(builder, keys.stream().map(key -> row.get(key.attribute())).toList());
      Expression<String> last = row(builder, there.stream().map(builder::value).toList());
      return builder.and(
          descending
              ? builder.lessThanOrEqualTo(here, last)
              : builder.greaterThanOrEqualTo(here, last),
          builder.notEqual(row.get(identity()), there.getLast()));
    };
  }

  /** SQL's row constructor. The type is nominal: only what is inside is compared. */
  private static Expression<String> row(
      HibernateCriteriaBuilder builder, List<? extends Expression<?>> members) {
    return builder.function("row", String.class, members.toArray(Expression<?>[]::new));
  }
}
