package io.agentorchestrator.rest;

/**
 * Where rows of a list are found in its order, by an index on what they have in common: in their
 * own table, or in one that lists them because no index on theirs could. Its attributes are called
 * as theirs are, as far as an order takes them.
 *
 * @param rows the entity to be looked through
 * @param condition what its rows have in common
 * @param <L> that entity
 */
public record Listing<L>(Class<L> rows, Condition condition) {}
