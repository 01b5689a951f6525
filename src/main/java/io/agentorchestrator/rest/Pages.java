package io.agentorchestrator.rest;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import jakarta.persistence.criteria.Predicate;
import java.util.List;
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

/** Reads pages. */
@Component
@Transactional(propagation = Propagation.MANDATORY)
public class Pages {

  private final EntityManager entityManager;

  Pages(EntityManager entityManager) {
    this.entityManager = entityManager;
  }

  /** Reads a page, and counts the whole list where that was asked for. */
  public <T> Page<T> read(
      JpaSpecificationExecutor<T> repository, Class<T> entity, PageQuery<T> query) {
    Specification<T> start = query.start();
    Specification<T> filter = start == null ? query.filter() : query.filter().and(start);
    // One more than asked for tells whether there is a next page.
    List<T> rows =
        repository.findBy(
            filter, q -> q.sortBy(query.order().sort()).limit(query.limit() + 1).all());
    boolean more = rows.size() > query.limit();
    List<T> page = more ? List.copyOf(rows.subList(0, query.limit())) : rows;
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
