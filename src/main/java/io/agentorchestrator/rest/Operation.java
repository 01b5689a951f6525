package io.agentorchestrator.rest;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A read over REST: what it takes and what it answers. A request is held to it ({@link
 * QueryParameters}), and {@code openapi.yaml} is made of it: a controller keeps one in a constant
 * for each of its methods, whose name is the operation's id.
 *
 * @param id what programs call it, such as {@code listAgents}
 * @param summary what it does, in a sentence
 * @param description what there is to know besides; may be empty
 * @param parameters all that it takes, by name, in the order in which they are told
 * @param headers request headers with a meaning of their own, and what that is
 * @param answer what it answers
 * @param replacement the path that is to be read in place of this one; null where it may be read on
 */
public record Operation(
    String id,
    String summary,
    String description,
    SequencedMap<String, Parameter<?>> parameters,
    Map<String, String> headers,
    Answer answer,
    @Nullable String replacement) {

  /**
   * What is answered.
   *
   * @param description the answer where all is well
   * @param list what its rows are listed under, such as {@code agents}; null where it is no list
   * @param shows what it shows, or each row of it: a class whose fields are annotated
   * @param missing whether what is asked for may not be there, without an id in the path
   * @param unavailable what the same means, answered with 503; null if it never is
   * @param restricted what those are shown who lack a scope; null where all are shown the same
   */
  public record Answer(
      String description,
      @Nullable String list,
      Class<?> shows,
      boolean missing,
      @Nullable String unavailable,
      @Nullable Restricted restricted) {

    /** An answer of this kind. */
    public static Answer of(String description, Class<?> shows) {
      return new Answer(description, null, shows, false, null, null);
    }

    /** A list, under a name, of what is of this kind. */
    public static Answer listing(String name, String description, Class<?> row) {
      return new Answer(description, name, row, false, null, null);
    }

    /** The same, that may be missing. */
    public Answer orNothing() {
      return new Answer(description, list, shows, true, unavailable, restricted);
    }

    /** The same, that is answered with 503 in a case. */
    public Answer orUnavailable(String when) {
      return new Answer(description, list, shows, missing, when, restricted);
    }

    /** The same, of which others are shown less. */
    public Answer inFullFor(Scope scope, Class<?> less) {
      return new Answer(
          description, list, shows, missing, unavailable, new Restricted(scope, less));
    }
  }

  /**
   * What is shown to those who lack a scope.
   *
   * @param scope that of all the others
   * @param shows what it is
   */
  public record Restricted(Scope scope, Class<?> shows) {}

  /**
   * Describes an operation.
   *
   * @param parameters what it takes besides {@link Parameter#MIN_POSITION}, which is added, unless
   *     it is one of them because there is more to say of it
   */
  public static Operation of(String id, String summary, Answer answer, Parameter<?>... parameters) {
    SequencedMap<String, Parameter<?>> all = new LinkedHashMap<>();
    for (Parameter<?> each : parameters) {
      all.put(each.name(), each);
    }
    all.putIfAbsent(Parameter.MIN_POSITION.name(), Parameter.MIN_POSITION);
    return new Operation(
        id, summary, "", Collections.unmodifiableSequencedMap(all), Map.of(), answer, null);
  }

  /** The same, with more words about it. */
  public Operation describedAs(String words) {
    return new Operation(id, summary, words, parameters, headers, answer, replacement);
  }

  /** The same, minding a header of the request. */
  public Operation withHeader(String name, String meaning) {
    return new Operation(
        id, summary, description, parameters, Map.of(name, meaning), answer, replacement);
  }

  /** The same, which is on its way out. */
  public Operation replacedBy(String path) {
    return new Operation(id, summary, description, parameters, headers, answer, path);
  }

  /** The same without {@code min_position}, for what no position of the log can be told of. */
  public Operation withoutPosition() {
    SequencedMap<String, Parameter<?>> others = new LinkedHashMap<>(parameters);
    others.remove(Parameter.MIN_POSITION.name());
    return new Operation(
        id,
        summary,
        description,
        Collections.unmodifiableSequencedMap(others),
        headers,
        answer,
        replacement);
  }

  /** Returns what the rows of its list are listed under. */
  public String list() {
    return Objects.requireNonNull(answer.list());
  }

  /** Returns the names of its parameters, in their order. */
  List<String> names() {
    return List.copyOf(parameters.keySet());
  }
}
