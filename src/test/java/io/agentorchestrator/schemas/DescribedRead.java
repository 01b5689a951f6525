package io.agentorchestrator.schemas;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * A read as {@code openapi.yaml} describes it, so that whoever tries all reads tries new ones, too.
 *
 * @param path with {@code {id}} in it where it has one
 * @param parameters what a request may carry, in the description's order
 * @param statuses the answers that are described by their status
 * @param mediaType that of the answer where all is well
 */
public record DescribedRead(
    String path, List<Parameter> parameters, Set<String> statuses, String mediaType) {

  /**
   * What a request may carry.
   *
   * @param name its name
   * @param in {@code query}, {@code path} or {@code header}
   * @param required whether there is no answer without it
   * @param repeatable whether it may be given more than once
   * @param separated whether several values are one, with commas between them
   * @param schema what a value is, its references followed
   */
  public record Parameter(
      String name,
      String in,
      boolean required,
      boolean repeatable,
      boolean separated,
      JsonNode schema) {

    private static Parameter of(JsonNode described) {
      JsonNode schema = OpenApi.resolved(described.get("schema"));
      boolean list = schema.path("type").asString("").equals("array");
      boolean exploded = described.path("explode").asBoolean(true);
      return new Parameter(
          described.get("name").stringValue(),
          described.get("in").stringValue(),
          described.path("required").asBoolean(false),
          list && exploded,
          list && !exploded,
          list ? OpenApi.resolved(schema.get("items")) : schema);
    }

    public boolean isIn(String place) {
      return in.equals(place);
    }

    /** Whether it is a text that only an answer can give. */
    public boolean isCursor() {
      return name.equals("cursor");
    }
  }

  /** All that there are. */
  public static List<DescribedRead> all() {
    return OpenApi.API.path("paths").properties().stream()
        .map(each -> of(each.getKey(), each.getValue().path("get")))
        .toList();
  }

  private static DescribedRead of(String path, JsonNode operation) {
    return new DescribedRead(
        path,
        operation
            .path("parameters")
            .valueStream()
            .map(OpenApi::resolved)
            .map(Parameter::of)
            .toList(),
        new TreeSet<>(operation.path("responses").propertyNames()),
        operation.at("/responses/200/content").propertyNames().iterator().next());
  }

  /** Those of its parameters that stand in the query. */
  public List<Parameter> query() {
    return parameters.stream().filter(each -> each.isIn("query")).toList();
  }

  public boolean answers(int status) {
    return statuses.contains(String.valueOf(status));
  }

  @Override
  public String toString() {
    return path;
  }
}
