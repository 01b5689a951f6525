package io.agentorchestrator.rest;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import jakarta.persistence.criteria.CommonAbstractCriteria;
import jakarta.persistence.criteria.CriteriaBuilder;
import jakarta.persistence.criteria.Expression;
import jakarta.persistence.criteria.Path;
import jakarta.persistence.criteria.Predicate;
import jakarta.persistence.criteria.Subquery;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.hibernate.Session;
import org.hibernate.query.criteria.HibernateCriteriaBuilder;
import org.hibernate.query.criteria.JpaCriteriaQuery;
import org.hibernate.query.criteria.JpaRoot;
import org.hibernate.query.criteria.JpaSubQuery;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jpa.domain.Specification;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Reads pages. Users' objects may be large: a page ends early rather than become so large that a
 * few of them exhaust the memory, and rows are fetched a few at a time (see the reads' pool).
 */
@Component
@Transactional(propagation = Propagation.MANDATORY)
public class Pages {

  /** About the bytes after which a page takes no more rows. */
  public static final long MOST_BYTES = 8 << 20;

  /** Likewise after which what is embedded in one resource is refused, for it has no next page. */
  public static final long MOST_EMBEDDED_BYTES = 32 << 20;

  private final EntityManager entityManager;
  private final AnswerBudget budget;

  Pages(EntityManager entityManager, AnswerBudget budget) {
    this.entityManager = entityManager;
    this.budget = budget;
  }

  /**
   * Reads a page, and counts the whole list where that was asked for.
   *
   * @param size about how many bytes a row takes as it is shown
   */
  public <T> Page<T> read(
      JpaSpecificationExecutor<T> repository,
      Class<T> entity,
      ToLongFunction<T> size,
      PageQuery<T> query) {
    List<Listing<?>> listings = query.filter().listings(entity);
    Specification<T> filter = listings.isEmpty() ? all(query) : listed(listings, query);
    List<T> page = new ArrayList<>();
    boolean more = false;
    // One more than asked for tells whether there is a next page.
    try (Stream<T> rows =
        repository.findBy(
            filter, q -> q.sortBy(query.order().sort()).limit(query.limit() + 1).stream())) {
      long bytes = 0;
      for (T row : (Iterable<T>) rows::iterator) {
        bytes += size.applyAsLong(row);
        if (page.size() == query.limit() || (bytes > MOST_BYTES && !page.isEmpty())) {
          more = true;
          break;
        }
        budget.take(size.applyAsLong(row));
        page.add(row);
      }
    }
    return new Page<>(
        page,
        query.limit(),
        more ? Cursor.encode(query.scope(), query.order().position(page.getLast())) : null,
        query.counted() ? total(entity, query) : null);
  }

  /**
   * Reads rows that are embedded in a resource: all of them.
   *
   * @param found closed here
   * @param size about how many bytes a row takes as it is shown
   * @param list the path of the list that has them page by page, for the refusal
   * @throws org.springframework.web.ErrorResponseException if they are too large
   */
  public <T> List<T> embedded(Stream<T> found, ToLongFunction<T> size, String list) {
    List<T> rows = new ArrayList<>();
    long bytes = 0;
    try (found) {
      for (T row : (Iterable<T>) found::iterator) {
        bytes += size.applyAsLong(row);
        if (bytes > MOST_EMBEDDED_BYTES) {
          throw Problem.embeddingTooLarge(list);
        }
        budget.take(size.applyAsLong(row));
        rows.add(row);
      }
    }
    return rows;
  }

  private static <T> Specification<T> all(PageQuery<T> query) {
    Condition start = query.start();
    Specification<T> filter = query.filter().toSpecification();
    return start == null
        ? filter
        : filter.and((row, statement, criteria) -> start.of(row, criteria));
  }

  /**
   * The rows of the page are among the first of each listing: so many are looked at, and looked up,
   * however many there are.
   */
  private static <T> Specification<T> listed(List<Listing<?>> listings, PageQuery<T> query) {
    return (root, statement, criteria) -> {
      Path<?> identity = root.get(query.order().identity());
      Expression<?> found =
          firstOfEach(listings, query, identity.getJavaType(), statement, criteria);
      // The bounds once more, for they tell in which partitions what was found can be.
      return query.filter().bounded((row, unused) -> identity.in(found)).of(root, criteria);
    };
  }

  private static <I> Expression<I> firstOfEach(
      List<Listing<?>> listings,
      PageQuery<?> query,
      Class<I> type,
      CommonAbstractCriteria statement,
      CriteriaBuilder criteria) {
    List<JpaSubQuery<I>> firsts = new ArrayList<>();
    for (Listing<?> each : listings) {
      firsts.add(firstOf(each, query, (JpaSubQuery<I>) statement.subquery(type), criteria));
    }
    return firsts.size() == 1
        ? firsts.getFirst()
        : ((HibernateCriteriaBuilder) criteria)
            .union(
                true,
                firsts.getFirst(),
                firsts.subList(1, firsts.size()).toArray(Subquery<?>[]::new));
  }

  private static <I> JpaSubQuery<I> firstOf(
      Listing<?> listing, PageQuery<?> query, JpaSubQuery<I> ids, CriteriaBuilder criteria) {
    JpaRoot<?> row = ids.from(listing.rows());
    Condition start = query.start();
    Condition condition = start == null ? listing.condition() : listing.condition().and(start);
    return ids.select(row.get(query.order().identity()))
        .where(condition.of(row, criteria))
        .orderBy(query.order().within(listing.leading(), row, criteria))
        .fetch(query.limit() + 1);
  }

  private <T> Page.Total total(Class<T> entity, PageQuery<T> query) {
    List<Listing<?>> listings = query.filter().listings(entity);
    return listings.size() == 1
        ? total(listings.getFirst())
        : total(entity, query.filter().toSpecification());
  }

  private <L> Page.Total total(Listing<L> listing) {
    return total(
        listing.rows(), (row, statement, criteria) -> listing.condition().of(row, criteria));
  }

  /** Stops counting at the bound, which is what makes it affordable. */
  private <T> Page.Total total(Class<T> entity, Specification<T> filter) {
    HibernateCriteriaBuilder builder = entityManager.unwrap(Session.class).getCriteriaBuilder();
    JpaCriteriaQuery<Long> query = builder.createQuery(Long.class);
    JpaSubQuery<Tuple> rows = query.subquery(Tuple.class);
    JpaRoot<T> root = rows.from(entity);
    rows.multiselect(root.get("id").alias("id"));
    @Nullable Predicate condition = filter.toPredicate(root, query, builder);
    if (condition != null) {
      rows.where(condition);
    }
    rows.fetch(Page.Total.MOST + 1);
    query.from(rows);
    query.select(builder.count());
    long count = entityManager.createQuery(query).getSingleResult();
    return new Page.Total(Math.min(count, Page.Total.MOST), count <= Page.Total.MOST);
  }
}
