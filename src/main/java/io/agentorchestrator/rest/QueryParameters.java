package io.agentorchestrator.rest;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The query parameters of a request, read strictly: a name that is not allowed, a value out of
 * bounds or a repetition is an error that says what is allowed, and never a filter that silently
 * does not filter.
 */
public final class QueryParameters {

  /** What does not decide which rows a list holds, and in which order. */
  private static final Set<String> PAGING =
      Set.of(
          PageQuery.LIMIT.name(),
          "offset",
          PageQuery.CURSOR.name(),
          PageQuery.COUNT.name(),
          Parameter.MIN_POSITION.name());

  /** What says how a list is shown, and not what it holds. */
  private static final Set<String> SHOWING = Set.of("sort", "order", "include");

  private final String path;
  private final Operation operation;
  private final Map<String, List<String>> values;

  private QueryParameters(String path, Operation operation, Map<String, List<String>> values) {
    this.path = path;
    this.operation = operation;
    this.values = values;
  }

  /**
   * Reads a request's parameters.
   *
   * @throws org.springframework.web.ErrorResponseException naming a parameter that is not allowed,
   *     or not twice
   */
  public static QueryParameters of(HttpServletRequest request, Operation operation) {
    Map<String, List<String>> values = new TreeMap<>();
    parameters(request)
        .forEach(
            (name, given) -> {
              Parameter<?> parameter = operation.parameters().get(name);
              if (parameter == null) {
                throw Problem.unknown(name, operation.names());
              }
              if (given.length > 1 && !parameter.repeatable()) {
                throw Problem.invalid(name, "it to be given once");
              }
              values.put(name, List.of(given));
            });
    QueryParameters parameters = new QueryParameters(request.getRequestURI(), operation, values);
    String position = parameters.single(Parameter.MIN_POSITION.name());
    if (position != null) {
      MinPosition.keep(request, Parameter.MIN_POSITION.read(position));
    }
    return parameters;
  }

  /** Returns which of a request's parameters select something, in alphabetical order. */
  public static List<String> filters(HttpServletRequest request) {
    return parameters(request).keySet().stream()
        .filter(name -> !PAGING.contains(name))
        .filter(name -> !SHOWING.contains(name))
        .sorted()
        .toList();
  }

  private static Map<String, String[]> parameters(HttpServletRequest request) {
    try {
      return request.getParameterMap();
    } catch (IllegalStateException e) {
      throw Problem.unreadableQuery();
    }
  }

  /**
   * Reads an id from a path.
   *
   * @param name what it is called in the path
   */
  public static UUID pathId(String name, String text) {
    return Parameter.id(name).read(text);
  }

  /** Returns what was given, or the usual value, or null. */
  public <T> @Nullable T get(Parameter<T> parameter) {
    String text = single(taken(parameter).name());
    return text == null ? parameter.usual() : parameter.read(text);
  }

  /** Returns what was given, or the usual value; without either, it is an error. */
  public <T> T need(Parameter<T> parameter) {
    T value = get(parameter);
    if (value == null) {
      throw Problem.invalid(parameter.name(), parameter.values().expected() + "; it is required");
    }
    return value;
  }

  /** Returns all that was given, in the order given. */
  public <T> List<T> all(Parameter<T> parameter) {
    return values.getOrDefault(taken(parameter).name(), List.of()).stream()
        .map(parameter::read)
        .toList();
  }

  /** Tells whether this path takes a parameter. */
  boolean takes(Parameter<?> parameter) {
    return operation.parameters().containsKey(parameter.name());
  }

  /** What decides which rows a list holds and in which order, in one spelling. */
  String scope() {
    Map<String, List<String>> deciding = new TreeMap<>(values);
    deciding.keySet().removeAll(PAGING);
    deciding.replaceAll((name, given) -> given.stream().sorted().toList());
    return path + deciding;
  }

  /** What is not described is not read: nobody could give it. */
  private <T> Parameter<T> taken(Parameter<T> parameter) {
    if (!parameter.equals(operation.parameters().get(parameter.name()))) {
      throw new IllegalArgumentException(
          "%s does not take %s".formatted(operation.id(), parameter.name()));
    }
    return parameter;
  }

  private @Nullable String single(String name) {
    List<String> given = values.get(name);
    return given == null ? null : given.getFirst();
  }
}
