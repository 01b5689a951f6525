package io.agentorchestrator.schemas;

import io.agentorchestrator.schemas.DescribedRead.Parameter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Requests of a read, made from its description: any of its parameters together, with values that
 * are allowed, and headers; of some of them one thing is wrong. The same for the same seed, as far
 * as the answers are.
 */
final class GeneratedRequests {

  /** Below the 8 KiB that Tomcat has for a request's first line and headers. */
  private static final int LONGEST_TARGET = 6_000;

  private static final String CURSOR = "cursor";

  /** What two requests may differ in while a cursor of one is one of the other. */
  private static final List<String> PAGING = List.of("limit", CURSOR, "count", "min_position");

  /**
   * A request.
   *
   * @param path with its id in it
   * @param query names and values, not encoded, in their order
   * @param headers by name
   * @param wrong the one parameter with which something is wrong; null if there is none
   */
  record Request(
      String path,
      List<Map.Entry<String, String>> query,
      Map<String, String> headers,
      @Nullable String wrong) {

    String target() {
      return query.isEmpty()
          ? path
          : path
              + query.stream()
                  .map(each -> each.getKey() + "=" + encoded(each.getValue()))
                  .collect(Collectors.joining("&", "?", ""));
    }

    @Override
    public String toString() {
      return "GET %s %s, wrong: %s".formatted(target(), headers, wrong);
    }
  }

  private final Random random;
  private final DescribedRead read;
  private final Map<String, List<String>> known;
  private final GeneratedValues values;
  private String tag = "W/\"0\"";

  /**
   * Begins.
   *
   * @param known values that select something, by the names of their parameters
   */
  GeneratedRequests(Random random, DescribedRead read, Map<String, List<String>> known) {
    this.random = random;
    this.read = read;
    this.known = known;
    this.values = new GeneratedValues(random);
  }

  /** The next one, with which something is wrong or nothing is. */
  Request next(boolean right) {
    Request request;
    do {
      request = right ? valid() : spoilt(valid());
    } while (request.target().length() > LONGEST_TARGET);
    return request;
  }

  /** A tag that was seen, for a request to come. */
  void saw(String seen) {
    if (!seen.isEmpty()) {
      tag = seen;
    }
  }

  /** What asks for the page behind one: with other bounds of the page, of the same list. */
  Request following(Request request, String cursor) {
    List<Map.Entry<String, String>> query = new ArrayList<>(request.query());
    query.removeIf(each -> PAGING.contains(each.getKey()));
    query.add(random.nextInt(query.size() + 1), Map.entry(CURSOR, cursor));
    if (random.nextBoolean()) {
      query.add(Map.entry("limit", "2"));
    }
    return new Request(request.path(), query, request.headers(), null);
  }

  /** What asks for it in another list; null if there is none with fewer filters. */
  @Nullable Request astray(Request request, String cursor) {
    boolean filtered = request.query().stream().anyMatch(each -> !PAGING.contains(each.getKey()));
    return filtered
        ? new Request(request.path(), List.of(Map.entry(CURSOR, cursor)), request.headers(), CURSOR)
        : null;
  }

  private Request valid() {
    List<Map.Entry<String, String>> query = new ArrayList<>();
    for (Parameter each : read.query()) {
      if (each.required() || (!each.isCursor() && random.nextInt(3) == 0)) {
        for (int times = each.repeatable() ? 1 + random.nextInt(3) : 1; times > 0; times--) {
          query.add(random.nextInt(query.size() + 1), Map.entry(each.name(), value(each)));
        }
      }
    }
    return new Request(path(), query, headers(), null);
  }

  private String path() {
    String path = read.path();
    for (Parameter each : read.parameters()) {
      if (each.isIn("path")) {
        path = path.replace("{" + each.name() + "}", encoded(value(each)));
      }
    }
    return path;
  }

  private String value(Parameter parameter) {
    List<String> selecting = known.getOrDefault(parameter.name(), List.of());
    if (!selecting.isEmpty() && !parameter.schema().has("enum") && random.nextInt(3) > 0) {
      return pick(selecting);
    }
    String value = values.valid(parameter.schema());
    while (parameter.separated() && random.nextInt(2) == 0) {
      value += "," + values.valid(parameter.schema());
    }
    return value;
  }

  private Map<String, String> headers() {
    Map<String, String> headers = new TreeMap<>();
    for (Parameter each : read.parameters()) {
      if (each.isIn("header") && random.nextBoolean()) {
        headers.put(each.name(), visible());
      }
    }
    if (random.nextInt(3) == 0) {
      headers.put(
          "If-None-Match",
          pick(List.of(tag, "*", "W/\"1\", " + tag, "\"" + visible() + "\"", "W/\"\"")));
    }
    if (random.nextInt(3) == 0) {
      headers.put(
          "Accept",
          pick(
              List.of(
                  "*/*",
                  read.mediaType() + ", application/problem+json",
                  "text/html;q=0.1, " + read.mediaType() + ";q=0.2, application/*;q=0.1")));
    }
    if (random.nextInt(6) == 0) {
      headers.put("Accept-Encoding", pick(List.of("identity", "gzip;q=0", "br, identity;q=0.5")));
    }
    if (random.nextInt(6) == 0) {
      headers.put("Accept-Language", pick(List.of("de", "*", "tlh, en;q=0.1")));
    }
    return headers;
  }

  /** What may stand in a header, whoever reads it. */
  private String visible() {
    return random
        .ints(1 + random.nextInt(80), 'A', 'z' + 1)
        .mapToObj(Character::toString)
        .filter(each -> !each.equals("\\"))
        .collect(Collectors.joining());
  }

  private Request spoilt(Request request) {
    List<Map.Entry<String, String>> query = new ArrayList<>(request.query());
    Parameter chosen =
        pick(read.parameters().stream().filter(each -> !each.isIn("header")).toList());
    String name = chosen.name();
    if (chosen.isIn("path")) {
      String path = read.path().replace("{" + name + "}", encoded(values.invalid(chosen.schema())));
      return new Request(path, query, request.headers(), name);
    }
    switch (random.nextInt(8)) {
      case 0 -> {
        name = unknown(name);
        query.add(random.nextInt(query.size() + 1), Map.entry(name, "1"));
      }
      case 1 -> {
        if (chosen.required()) {
          query.removeIf(each -> each.getKey().equals(chosen.name()));
        } else {
          replace(query, chosen, values.invalid(chosen.schema()));
        }
      }
      case 2 -> {
        if (chosen.repeatable()) {
          // One of several.
          query.add(Map.entry(name, values.invalid(chosen.schema())));
        } else {
          String value = chosen.isCursor() ? "AAAA" : value(chosen);
          replace(query, chosen, value);
          query.add(Map.entry(name, value));
        }
      }
      default -> replace(query, chosen, values.invalid(chosen.schema()));
    }
    return new Request(request.path(), query, request.headers(), name);
  }

  private void replace(List<Map.Entry<String, String>> query, Parameter parameter, String value) {
    query.removeIf(each -> each.getKey().equals(parameter.name()));
    String whole =
        parameter.separated() && random.nextBoolean()
            ? values.valid(parameter.schema()) + "," + value
            : value;
    query.add(random.nextInt(query.size() + 1), Map.entry(parameter.name(), whole));
  }

  /** A name like another's, which no parameter has. */
  private String unknown(String name) {
    List<String> names = read.query().stream().map(Parameter::name).toList();
    String similar =
        pick(List.of(name + "s", "_" + name, name + "_id", "x" + name, name.replace('_', '-')));
    return names.contains(similar) ? "no_such_parameter" : similar;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
