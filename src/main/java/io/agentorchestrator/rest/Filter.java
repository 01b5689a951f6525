package io.agentorchestrator.rest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import org.hibernate.query.criteria.HibernateCriteriaBuilder;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jpa.domain.Specification;

/**
 * The conditions of a list, all of which its rows meet. One whose value is null or empty is no
 * condition. Values are always bound.
 *
 * @param <T> the entity
 */
public final class Filter<T> {

  /**
   * Hibernate would bind an array of varchar, which PostgreSQL does not compare with one of text.
   * That the array is not empty is implied, but the indexes leave empty ones out and must be told.
   */
  private static final String HOLDS_ALL = "(? @> CAST(? AS text[]) AND ? <> '{}')";

  /**
   * Of so many values each is looked for by itself, all states of a task among them. More are met
   * soon in the order of the list, and would cost a part of the statement each.
   */
  private static final int MOST_ALTERNATIVES = 8;

  private final List<Specification<T>> conditions = new ArrayList<>();

  /** Bounds of the time by which lists are ordered: they only cut off its ends. */
  private final List<Condition> bounds = new ArrayList<>();

  private final List<Listing<?>> listings = new ArrayList<>();

  /** The conditions that an attribute equals a value, or one of several. */
  private final SequencedMap<String, Set<?>> equalities = new LinkedHashMap<>();

  /** What indexes begin with, before they go on in the orders of the list. */
  private final List<List<String>> indexed = new ArrayList<>();

  /**
   * Says that an index begins with these attributes, and goes on in the orders of the list. Where
   * nothing else is asked for than what they equal, rows are found in it.
   */
  public Filter<T> indexed(String... attributes) {
    indexed.add(List.of(attributes));
    return this;
  }

  /** An attribute equals the value. */
  public Filter<T> equal(String attribute, @Nullable Object value) {
    return value == null ? this : anyOf(attribute, List.of(value));
  }

  /** An attribute equals one of the values. */
  public Filter<T> anyOf(String attribute, Collection<?> values) {
    Set<?> different = new LinkedHashSet<>(values);
    if (different.isEmpty()) {
      return this;
    }
    equalities.put(attribute, different);
    return where((root, query, criteria) -> root.get(attribute).in(different));
  }

  /** An array of text holds all the values. */
  public Filter<T> holdsAll(String attribute, Collection<String> values) {
    return values.isEmpty()
        ? this
        : where(
            (root, query, criteria) -> {
              HibernateCriteriaBuilder builder = (HibernateCriteriaBuilder) criteria;
              return builder.isTrue(
                  builder.sql(
                      HOLDS_ALL,
                      Boolean.class,
                      root.get(attribute),
                      builder.value(values.toArray(String[]::new)),
                      root.get(attribute)));
            });
  }

  /**
   * An array of text holds a value, which is listed elsewhere: where nothing else is asked for, it
   * is found there.
   */
  public Filter<T> listed(
      String attribute, @Nullable String value, Function<String, Listing<?>> listing) {
    if (value == null) {
      return this;
    }
    listings.add(listing.apply(value));
    return holdsAll(attribute, List.of(value));
  }

  /** A time is later than the one given. */
  public Filter<T> after(String attribute, @Nullable Instant time) {
    return bound(time, then -> (row, criteria) -> criteria.greaterThan(row.get(attribute), then));
  }

  /** A time is the one given or later. */
  public Filter<T> from(String attribute, @Nullable Instant time) {
    return bound(
        time, then -> (row, criteria) -> criteria.greaterThanOrEqualTo(row.get(attribute), then));
  }

  /** A time is earlier than the one given. */
  public Filter<T> before(String attribute, @Nullable Instant time) {
    return bound(time, then -> (row, criteria) -> criteria.lessThan(row.get(attribute), then));
  }

  /** A text holds the one given, in whatever case. */
  public Filter<T> mentions(String attribute, @Nullable String text) {
    if (text == null) {
      return this;
    }
    String pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
    return where(
        (root, query, criteria) -> {
          HibernateCriteriaBuilder builder = (HibernateCriteriaBuilder) criteria;
          return builder.like(
              builder.lower(root.get(attribute)), builder.lower(builder.value(pattern)), '\\');
        });
  }

  /** Any other condition. */
  public Filter<T> where(Specification<T> condition) {
    conditions.add(condition);
    return this;
  }

  private Filter<T> bound(@Nullable Instant time, Function<Instant, Condition> bound) {
    if (time != null) {
      bounds.add(bound.apply(time));
    }
    return this;
  }

  /**
   * Returns where the rows are found in the order of their list: each of the listings holds some of
   * them in that order, and none of them twice. Empty where there is no such thing, because nothing
   * or more than one thing is asked of them besides bounds of the time.
   */
  List<Listing<?>> listings(Class<T> entity) {
    if (conditions.size() != 1 || listings.isEmpty()) {
      return conditions.size() == equalities.size() ? alternatives(entity) : List.of();
    }
    Listing<?> only = listings.getFirst();
    return List.of(new Listing<>(only.rows(), bounded(only.condition()), only.leading()));
  }

  /** Each value by itself, or each combination of them where an index has them all. */
  private List<Listing<?>> alternatives(Class<T> entity) {
    List<String> index =
        indexed.stream()
            .filter(attributes -> Set.copyOf(attributes).equals(equalities.keySet()))
            .findFirst()
            .orElse(List.of());
    long number = equalities.values().stream().mapToLong(Set::size).reduce(1, Math::multiplyExact);
    boolean unbound = index.isEmpty() && equalities.size() == 1 && number > 1;
    if (number > MOST_ALTERNATIVES || (index.isEmpty() && !unbound)) {
      return List.of();
    }
    Condition all = bounded((row, criteria) -> criteria.conjunction());
    List<Listing<T>> found = List.of(new Listing<>(entity, all, unbound ? null : index.getFirst()));
    for (Map.Entry<String, Set<?>> each : equalities.entrySet()) {
      found =
          found.stream()
              .flatMap(of -> each.getValue().stream().map(value -> of.with(each.getKey(), value)))
              .toList();
    }
    return List.copyOf(found);
  }

  /** A condition, and the bounds of the time. */
  Condition bounded(Condition condition) {
    return bounds.stream().reduce(condition, Condition::and);
  }

  /** Returns the conditions as one. */
  Specification<T> toSpecification() {
    List<Specification<T>> all = new ArrayList<>(conditions);
    for (Condition each : bounds) {
      all.add((root, query, criteria) -> each.of(root, criteria));
    }
    return Specification.allOf(all);
  }
}
