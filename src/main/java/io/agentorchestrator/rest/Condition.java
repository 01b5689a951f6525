package io.agentorchestrator.rest;

import jakarta.persistence.criteria.CriteriaBuilder;
import jakarta.persistence.criteria.From;
import jakarta.persistence.criteria.Predicate;

/** What is asked of rows that have certain attributes, be it those of a list or what lists them. */
@FunctionalInterface
public interface Condition {

  /** Says it of such rows. */
  Predicate of(From<?, ?> row, CriteriaBuilder criteria);

  /** Both this and another. */
  default Condition and(Condition other) {
    return (row, criteria) -> criteria.and(of(row, criteria), other.of(row, criteria));
  }
}
