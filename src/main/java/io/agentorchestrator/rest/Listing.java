package io.agentorchestrator.rest;

import org.springframework.data.jpa.domain.Specification;

/**
 * A table that lists the rows of another by a condition that no index on these holds in an order,
 * in the orders that they may be asked for. Its attributes are called as theirs are, as far as an
 * order takes them; {@code id} is the id of what is listed.
 *
 * @param rows the entity of the listing's rows
 * @param condition what its rows meet
 * @param <L> that entity
 */
public record Listing<L>(Class<L> rows, Specification<L> condition) {}
