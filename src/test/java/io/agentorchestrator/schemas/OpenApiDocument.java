package io.agentorchestrator.schemas;

import static io.agentorchestrator.schemas.ShownTypes.map;
import static io.agentorchestrator.schemas.ShownTypes.reference;

import io.agentorchestrator.AgentOrchestratorApplication;
import io.agentorchestrator.cache.LastKnown;
import io.agentorchestrator.rest.Operation;
import io.agentorchestrator.rest.Page;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Parameter;
import io.agentorchestrator.rest.Scope;
import io.agentorchestrator.rest.TaggedPaths;
import io.agentorchestrator.rest.Values;
import io.agentorchestrator.security.ScopesOfPaths;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.http.MediaType;
import org.springframework.util.ClassUtils;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * {@code openapi.yaml}, made from the code: which paths there are and what they are served as, from
 * the controllers' mappings; what each takes and says, from its {@link Operation}, by which
 * requests are read; what it shows, from the classes that are shown ({@link ShownTypes}); which
 * scopes it takes, from the rules by which it is served. {@code openapi-frame.yaml} has the rest.
 */
final class OpenApiDocument {

  private static final String HEAD =
      "# Made from the code by OpenApiDocumentTest, which says how (CONTRIBUTING.md). Not to be edited.\n";

  private static final String LAST_KNOWN =
      " While the database is away, perhaps as it was last known: then it comes with Age,"
          + " Cache-Status and Orchestrator-Stale, and without the derived fields.";

  /** The version that is read today. */
  private static final String VERSION = "v2";

  private static final Pattern PATH_VARIABLE = Pattern.compile("\\{(\\w+)}");

  private final Map<String, Object> frame = frame();
  private final ShownTypes types = new ShownTypes();
  private final List<Read> reads = reads();
  private final Map<String, Map<String, Object>> sharedParameters = new TreeMap<>();

  /**
   * A method of a controller that answers a path.
   *
   * @param path as it is mapped
   * @param produces the media type of its answers
   * @param handler the method
   * @param operation what it says of itself
   */
  private record Read(String path, String produces, Method handler, Operation operation) {

    /** What it is about, the first part of the path behind the version; else an old version. */
    String tag() {
      String[] parts = path.split("/", -1);
      return parts[2].equals(VERSION) ? parts[3] : parts[2];
    }

    boolean isOfOne() {
      return PATH_VARIABLE.matcher(path).find();
    }

    /** Whether it answers with what was last known while the database is away. */
    boolean mayBeLastKnown() {
      return isOfOne()
          && Stream.of(handler.getDeclaringClass().getDeclaredFields())
              .anyMatch(field -> field.getType() == LastKnown.class);
    }

    boolean isDeprecated() {
      return operation.replacement() != null;
    }

    String description() {
      return isDeprecated()
          ? "In place of it, %s. %s".formatted(operation.replacement(), operation.description())
          : operation.description();
    }
  }

  private OpenApiDocument() {}

  /** Writes the document, always the same of the same code. */
  static String write() {
    return new OpenApiDocument().document();
  }

  private String document() {
    shareParameters();
    Map<String, Object> paths = new LinkedHashMap<>();
    for (Read read : reads) {
      paths.put(read.path(), map("get", operation(read)));
    }
    Map<String, Object> framed = part(frame, "components");
    Map<String, Object> schemas = new TreeMap<>(part(framed, "schemas"));
    schemas.put("Id", map("type", "string", "format", "uuid", "pattern", whole(Values.Id.PATTERN)));
    schemas.put("SearchText", map("type", "string", "minLength", 1, "maxLength", Values.Text.MAX));
    schemas.putAll(types.components());

    Map<String, Object> components = new LinkedHashMap<>();
    components.put("parameters", sharedParameters);
    components.put("securitySchemes", framed.get("securitySchemes"));
    components.put("headers", framed.get("headers"));
    components.put("responses", framed.get("responses"));
    components.put("schemas", schemas);
    Map<String, Object> document = new LinkedHashMap<>(frame);
    document.remove("components");
    document.put("paths", paths);
    document.put("components", components);
    return HEAD + yaml(document);
  }

  private static String whole(String pattern) {
    return "^" + pattern + "$";
  }

  private Map<String, Object> operation(Read read) {
    Operation operation = read.operation();
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("operationId", operation.id());
    shown.put("tags", List.of(read.tag()));
    shown.put("summary", operation.summary());
    if (!read.description().isEmpty()) {
      shown.put("description", read.description());
    }
    if (read.isDeprecated()) {
      shown.put("deprecated", true);
    }
    shown.put("parameters", parameters(read));
    shown.put("security", security(read));
    shown.put("responses", responses(read));
    return shown;
  }

  // Parameters

  private List<Map<String, Object>> ownParameters(Read read) {
    List<Map<String, Object>> parameters = new ArrayList<>();
    PATH_VARIABLE
        .matcher(read.path())
        .results()
        .forEach(
            variable ->
                parameters.add(
                    map(
                        "name",
                        variable.group(1),
                        "in",
                        "path",
                        "required",
                        true,
                        "schema",
                        reference("Id"))));
    read.operation().parameters().values().forEach(each -> parameters.add(inQuery(each)));
    read.operation()
        .headers()
        .forEach(
            (name, meaning) ->
                parameters.add(
                    map(
                        "name",
                        name,
                        "in",
                        "header",
                        "description",
                        meaning,
                        "schema",
                        map("type", "string"))));
    return parameters;
  }

  /** What several paths take as it is, is told once. */
  private void shareParameters() {
    Map<Map<String, Object>, Integer> uses = new LinkedHashMap<>();
    for (Read read : reads) {
      ownParameters(read).forEach(each -> uses.merge(each, 1, Integer::sum));
    }
    uses.forEach(
        (parameter, number) -> {
          if (number > 1) {
            sharedParameters.putIfAbsent((String) parameter.get("name"), parameter);
          }
        });
  }

  private List<Map<String, Object>> parameters(Read read) {
    return ownParameters(read).stream()
        .map(
            each -> {
              String name = (String) each.get("name");
              return each.equals(sharedParameters.get(name))
                  ? map("$ref", "#/components/parameters/" + name)
                  : each;
            })
        .toList();
  }

  private Map<String, Object> inQuery(Parameter<?> parameter) {
    Map<String, Object> shown = map("name", parameter.name(), "in", "query");
    if (parameter.required()) {
      shown.put("required", true);
    }
    if (!parameter.description().isEmpty()) {
      shown.put("description", parameter.description());
    }
    if (parameter.values() instanceof Values.Relations) {
      shown.put("style", "form");
      shown.put("explode", false);
    }
    Map<String, Object> schema = values(parameter.values());
    if (parameter.usual() instanceof String
        || parameter.usual() instanceof Number
        || parameter.usual() instanceof Boolean) {
      schema.put("default", parameter.usual());
    }
    shown.put("schema", parameter.repeatable() ? map("type", "array", "items", schema) : schema);
    return shown;
  }

  private Map<String, Object> values(Values<?> values) {
    return switch (values) {
      case Values.Text text ->
          text.min() == 1
              ? reference("SearchText")
              : map("type", "string", "minLength", text.min(), "maxLength", Values.Text.MAX);
      case Values.Whole whole -> {
        Map<String, Object> schema = map("type", "integer", "minimum", whole.min());
        if (whole.max() < Long.MAX_VALUE) {
          schema.put("maximum", whole.max());
        }
        yield schema;
      }
      case Values.Flag unused -> map("type", "boolean");
      case Values.Time unused -> reference("QueryTime");
      case Values.Id unused -> reference("Id");
      case Values.Opaque unused -> map("type", "string", "pattern", "^[A-Za-z0-9_-]+$");
      case Values.OneOf<?> some -> oneOf(some);
      case Values.Relations relations ->
          map(
              "type",
              "array",
              "items",
              map("enum", relations.all().stream().map(Values.Relation::name).toList()));
    };
  }

  private Map<String, Object> oneOf(Values.OneOf<?> some) {
    Class<?> type = some.all().getFirst().getClass();
    return type.isEnum() && ShownTypes.names(type).equals(some.names())
        ? types.component(type)
        : map("enum", some.names());
  }

  // Security

  private static List<Map<String, Object>> security(Read read) {
    Set<Scope> scopes = ScopesOfPaths.of(read.path());
    Operation.Restricted restricted = read.operation().answer().restricted();
    List<Map<String, Object>> alternatives = new ArrayList<>();
    if (scopes.isEmpty()) {
      alternatives.add(map());
      if (restricted != null) {
        scopes = Set.of(restricted.scope());
      }
    }
    if (!scopes.isEmpty()) {
      List<String> names = scopes.stream().map(Scope::value).toList();
      alternatives.add(map("bearer", names));
      alternatives.add(map("api_key", names));
    }
    return alternatives;
  }

  // Answers

  private Map<String, Object> responses(Read read) {
    Operation.Answer answer = read.operation().answer();
    Map<String, Object> content =
        map("content", map(read.produces(), map("schema", content(read))));
    Map<String, Object> ok = map("description", answer.description());
    Map<String, Object> headers = new LinkedHashMap<>();
    boolean tagged = TaggedPaths.contains(read.path());
    if (tagged) {
      headers.put("ETag", header("ETag"));
    }
    if (read.mayBeLastKnown()) {
      ok.put("description", answer.description() + LAST_KNOWN);
      headers.put("Age", header("Age"));
      headers.put("Cache-Status", header("CacheStatus"));
      headers.put("Orchestrator-Stale", header("OrchestratorStale"));
    }
    if (read.isDeprecated()) {
      for (String name : List.of("Deprecation", "Sunset", "Link")) {
        headers.put(name, header(name));
      }
    }
    if (!headers.isEmpty()) {
      ok.put("headers", headers);
    }
    ok.putAll(content);

    Map<String, Object> responses = map("200", ok);
    if (tagged) {
      responses.put("304", response("NotModified"));
    }
    responses.put("400", response("BadRequest"));
    responses.put("401", response("Unauthorized"));
    if (!ScopesOfPaths.of(read.path()).isEmpty()) {
      responses.put("403", response("Forbidden"));
    }
    if (read.isOfOne() || answer.missing()) {
      responses.put("404", response("Problem"));
    }
    responses.put("429", response("TooManyRequests"));
    if (answer.unavailable() != null) {
      Map<String, Object> unavailable =
          map(
              "description",
              answer.unavailable(),
              "headers",
              map("Retry-After", header("RetryAfter")));
      unavailable.putAll(content);
      responses.put("503", unavailable);
    }
    responses.put("default", response("Problem"));
    return responses;
  }

  private static Map<String, Object> response(String name) {
    return map("$ref", "#/components/responses/" + name);
  }

  private static Map<String, Object> header(String name) {
    return map("$ref", "#/components/headers/" + name);
  }

  private Map<String, Object> content(Read read) {
    Operation operation = read.operation();
    Operation.Answer answer = operation.answer();
    if (answer.list() != null) {
      return list(operation);
    }
    Map<String, Object> shown = types.component(answer.shows());
    if (answer.restricted() != null) {
      return types.component(
          ShownTypes.name(answer.shows()) + "Answer",
          map("anyOf", List.of(shown, types.component(answer.restricted().shows()))));
    }
    return ShownTypes.isOpen(answer.shows()) ? one(read) : shown;
  }

  private Map<String, Object> one(Read read) {
    Class<?> type = read.operation().answer().shows();
    String name = ShownTypes.name(type);
    Map<String, Object> embedded = new LinkedHashMap<>();
    for (Parameter<?> each : read.operation().parameters().values()) {
      if (each.values() instanceof Values.Relations relations) {
        relations.all().forEach(relation -> embedded.put(relation.name(), embedded(relation)));
      }
    }
    Map<String, Object> now =
        types.component(
            name + "WithRelations", closed(types.component(type), map("properties", embedded)));
    if (!read.mayBeLastKnown()) {
      return now;
    }
    List<Map<String, Object>> derived =
        ShownTypes.derived(type).stream().map(each -> map("required", List.of(each))).toList();
    Map<String, Object> lastKnown =
        types.component(
            "LastKnown" + name,
            map(
                "description",
                "The same without its derived fields: "
                    + String.join(", ", ShownTypes.derived(type))
                    + ".",
                "type",
                "object",
                "required",
                List.of("id", "entity_version"),
                "not",
                derived.size() == 1 ? derived.getFirst() : map("anyOf", derived)));
    return types.component(name + "NowOrLastKnown", map("anyOf", List.of(now, lastKnown)));
  }

  /** What a component is, and more, and nothing else. */
  private static Map<String, Object> closed(
      Map<String, Object> component, Map<String, Object> more) {
    Map<String, Object> closed = new LinkedHashMap<>(component);
    closed.putAll(more);
    closed.put("unevaluatedProperties", false);
    return closed;
  }

  private static Map<String, Object> embedded(Values.Relation relation) {
    Map<String, Object> one = reference("Listed" + relation.type());
    return relation.most() == 1
        ? map("anyOf", List.of(one, map("type", "null")))
        : map("type", "array", "maxItems", relation.most(), "items", one);
  }

  private Map<String, Object> list(Operation operation) {
    Class<?> type = operation.answer().shows();
    String name = ShownTypes.name(type);
    Map<String, Object> row = types.component(type);
    if (ShownTypes.isOpen(type)) {
      row = types.component("Listed" + name, closed(row, map()));
    }
    Map<String, Object> rows = map("type", "array");
    boolean paged = operation.parameters().containsValue(PageQuery.LIMIT);
    if (paged) {
      rows.put("maxItems", ((Values.Whole) PageQuery.LIMIT.values()).max());
    } else {
      rows.put("minItems", 1);
    }
    rows.put("items", row);
    Map<String, Object> properties = map(operation.list(), rows);
    List<String> required = new ArrayList<>(List.of(operation.list()));
    Map<String, Object> schema = map("type", "object", "required", required);
    schema.put("properties", properties);
    if (paged) {
      Values.Whole limits = (Values.Whole) PageQuery.LIMIT.values();
      required.addAll(List.of("limit", "next_cursor"));
      properties.put(
          "limit", map("type", "integer", "minimum", limits.min(), "maximum", limits.max()));
      properties.put(
          "next_cursor", map("description", "Null at the end.", "type", List.of("string", "null")));
    }
    if (operation.parameters().containsValue(PageQuery.COUNT)) {
      properties.put(
          "total_count",
          map(
              "description",
              "Only where count=true.",
              "type",
              "integer",
              "minimum",
              0,
              "maximum",
              Page.Total.MOST));
      properties.put(
          "total_count_exact",
          map("description", "False where there are more.", "type", "boolean"));
      schema.put(
          "dependentRequired",
          map(
              "total_count",
              List.of("total_count_exact"),
              "total_count_exact",
              List.of("total_count")));
    }
    schema.put("unevaluatedProperties", false);
    return types.component(name + (paged ? "Page" : "List"), schema);
  }

  // What there is to describe

  private List<Read> reads() {
    List<String> tags =
        ((List<?>) Objects.requireNonNull(frame.get("tags")))
            .stream().map(each -> (String) ((Map<?, ?>) each).get("name")).toList();
    List<Read> found = new ArrayList<>();
    for (Class<?> controller : controllers()) {
      for (Method method : controller.getDeclaredMethods()) {
        RequestMapping mapping =
            AnnotatedElementUtils.findMergedAnnotation(method, RequestMapping.class);
        if (mapping != null) {
          read(controller, method, mapping).ifPresent(found::add);
        }
      }
    }
    for (Read each : found) {
      if (!tags.contains(each.tag())) {
        throw new IllegalStateException(
            "%s: name the tag %s in openapi-frame.yaml".formatted(each.path(), each.tag()));
      }
    }
    found.sort(
        Comparator.comparingInt((Read read) -> tags.indexOf(read.tag())).thenComparing(Read::path));
    return found;
  }

  private static List<Class<?>> controllers() {
    ClassPathScanningCandidateComponentProvider scanner =
        new ClassPathScanningCandidateComponentProvider(false);
    scanner.addIncludeFilter(new AnnotationTypeFilter(RestController.class));
    List<Class<?>> controllers = new ArrayList<>();
    scanner
        .findCandidateComponents(ClassUtils.getPackageName(AgentOrchestratorApplication.class))
        .forEach(
            each ->
                controllers.add(
                    ClassUtils.resolveClassName(
                        Objects.requireNonNull(each.getBeanClassName()), null)));
    return controllers;
  }

  private static Optional<Read> read(Class<?> controller, Method method, RequestMapping mapping) {
    RequestMapping all =
        AnnotatedElementUtils.findMergedAnnotation(controller, RequestMapping.class);
    String path = first(all == null ? null : all.path()) + first(mapping.path());
    if (!path.startsWith("/api/")) {
      return Optional.empty();
    }
    String produces = first(mapping.produces());
    if (produces.isEmpty()) {
      produces = first(all == null ? null : all.produces());
    }
    return Optional.of(
        new Read(
            path,
            produces.isEmpty() ? MediaType.APPLICATION_JSON_VALUE : produces,
            method,
            operation(controller, method)));
  }

  private static String first(String @Nullable [] values) {
    return values == null || values.length == 0 ? "" : values[0];
  }

  private static Operation operation(Class<?> controller, Method method) {
    for (Field field : controller.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType() == Operation.class) {
        try {
          field.setAccessible(true);
          Operation operation = (Operation) field.get(null);
          if (operation != null && operation.id().equals(method.getName())) {
            return operation;
          }
        } catch (IllegalAccessException e) {
          throw new IllegalStateException(e);
        }
      }
    }
    throw new IllegalStateException(
        "%s answers a path, but its class has no Operation of that name".formatted(method));
  }

  // YAML

  private static Map<String, Object> frame() {
    try (InputStream in =
        Objects.requireNonNull(OpenApiDocument.class.getResourceAsStream("/openapi-frame.yaml"))) {
      return new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> part(Map<String, Object> whole, String name) {
    return (Map<String, Object>) Objects.requireNonNull(whole.get(name));
  }

  private static String yaml(Map<String, Object> document) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setWidth(100);
    options.setIndicatorIndent(2);
    options.setIndentWithIndicator(true);
    options.setLineBreak(DumperOptions.LineBreak.UNIX);
    return new Yaml(options).dump(copy(document));
  }

  /** What is one object in several places would be written as an alias. */
  private static @Nullable Object copy(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, @Nullable Object> copy = new LinkedHashMap<>();
      map.forEach((name, each) -> copy.put(name, copy(each)));
      return copy;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> copy = new ArrayList<>();
      list.forEach(each -> copy.add(copy(each)));
      return copy;
    }
    return value;
  }
}
