package io.agentorchestrator.rest;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import jakarta.persistence.criteria.Predicate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
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
  static final long MOST_BYTES = 8 << 20;

  private final EntityManager entityManager;

  Pages(EntityManager entityManager) {
    this.entityManager = entityManager;
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
    Listing<?> listing = query.listing();
    Specification<T> filter = listing == null ? from(query) : listed(listing, query);
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
        page.add(row);
      }
    }
    return new Page<>(
        page,
        query.limit(),
        more ? Cursor.encode(query.scope(), query.order().position(page.getLast())) : null,
        query.counted() ? total(entity, query) : null);
  }

  private static <T> Specification<T> from(PageQuery<T> query) {
    Keyset.Start start = query.start();
    return start == null
        ? query.filter()
        : query.filter().and((row, statement, criteria) -> start.of(row, criteria));
  }

  /**
   * The rows of the page alone, and one more, as the listing has them: so many are looked at, and
   * so many looked up, however many there are.
   */
  @SuppressWarnings("unchecked") // Hibernate's subqueries are of Hibernate's kind.
  private static <T, L> Specification<T> listed(Listing<L> listing, PageQuery<T> query) {
    return (root, statement, criteria) -> {
      JpaSubQuery<UUID> ids = (JpaSubQuery<UUID>) statement.subquery(UUID.class);
      JpaRoot<L> row = ids.from(listing.rows());
      List<Predicate> conditions = new ArrayList<>();
      conditions.add(listing.condition().toPredicate(row, statement, criteria));
      Keyset.Start start = query.start();
      if (start != null) {
        conditions.add(start.of(row, criteria));
      }
      ids.select(row.get("id"));
      ids.where(conditions.toArray(Predicate[]::new));
      ids.orderBy(query.order().of(row, criteria));
      ids.fetch(query.limit() + 1);
      return root.get("id").in(ids);
    };
  }

  private <T> Page.Total total(Class<T> entity, PageQuery<T> query) {
    Listing<?> listing = query.listing();
    return listing == null ? total(entity, query.filter()) : total(listing);
  }

  private <L> Page.Total total(Listing<L> listing) {
    return total(listing.rows(), listing.condition());
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
