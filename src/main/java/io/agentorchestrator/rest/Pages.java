package io.agentorchestrator.rest;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import jakarta.persistence.criteria.Predicate;
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
    Specification<T> start = query.start();
    Specification<T> filter = start == null ? query.filter() : query.filter().and(start);
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
        query.counted() ? total(entity, query.filter()) : null);
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
