package io.agentorchestrator.rest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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

  private final List<Specification<T>> conditions = new ArrayList<>();
  private final List<Listing<?>> listings = new ArrayList<>();

  /** An attribute equals the value. */
  public Filter<T> equal(String attribute, @Nullable Object value) {
    return value == null
        ? this
        : where((root, query, criteria) -> criteria.equal(root.get(attribute), value));
  }

  /** An attribute equals one of the values. */
  public Filter<T> anyOf(String attribute, Collection<?> values) {
    return values.isEmpty()
        ? this
        : where((root, query, criteria) -> root.get(attribute).in(values));
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
    return time == null
        ? this
        : where((root, query, criteria) -> criteria.greaterThan(root.get(attribute), time));
  }

  /** A time is the one given or later. */
  public Filter<T> from(String attribute, @Nullable Instant time) {
    return time == null
        ? this
        : where(
            (root, query, criteria) -> criteria.greaterThanOrEqualTo(root.get(attribute), time));
  }

  /** A time is earlier than the one given. */
  public Filter<T> before(String attribute, @Nullable Instant time) {
    return time == null
        ? this
        : where((root, query, criteria) -> criteria.lessThan(root.get(attribute), time));
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

  /** Returns what lists the rows of this filter; null where nothing does. */
  @Nullable Listing<?> listing() {
    return conditions.size() == 1 && listings.size() == 1 ? listings.getFirst() : null;
  }

  /** Returns the conditions as one. */
  public Specification<T> toSpecification() {
    return Specification.allOf(List.copyOf(conditions));
  }
}
