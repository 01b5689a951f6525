package io.agentorchestrator.rest;

import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The query parameters of a request, read strictly: a name that is not allowed, a value out of
 * bounds or a repetition is an error that says what is allowed, and never a filter that silently
 * does not filter. A parameter that was not given is null.
 */
public final class QueryParameters {

  /** The most characters of a text. Nothing that can be searched for is longer. */
  private static final int MAX_TEXT = 255;

  private static final Pattern UUID_IN_LOWER_CASE =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  private static final Pattern RFC_3339 =
      Pattern.compile(
          "\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})");
  private static final Pattern NUMBER = Pattern.compile("-?\\d{1,18}");

  private final String path;
  private final Map<String, List<String>> values;

  private QueryParameters(String path, Map<String, List<String>> values) {
    this.path = path;
    this.values = values;
  }

  /**
   * Reads a request's parameters.
   *
   * @throws org.springframework.web.ErrorResponseException naming a parameter that is not allowed,
   *     or not twice
   */
  public static QueryParameters of(HttpServletRequest request, AllowedParameters allowed) {
    Map<String, List<String>> values = new TreeMap<>();
    parameters(request)
        .forEach(
            (name, given) -> {
              if (!allowed.names().contains(name)) {
                throw Problem.unknown(name, allowed.names());
              }
              if (given.length > 1 && !allowed.repeatable().contains(name)) {
                throw Problem.invalid(name, "it to be given once");
              }
              values.put(name, List.of(given));
            });
    QueryParameters parameters = new QueryParameters(request.getRequestURI(), values);
    Long position = parameters.number(AllowedParameters.MIN_POSITION, 0, Long.MAX_VALUE);
    if (position != null) {
      MinPosition.keep(request, position);
    }
    return parameters;
  }

  /** Returns which of a request's parameters select something, in alphabetical order. */
  public static List<String> filters(HttpServletRequest request) {
    return parameters(request).keySet().stream()
        .filter(name -> !AllowedParameters.PAGING.contains(name))
        .filter(name -> !AllowedParameters.SHOWING.contains(name))
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
    return uuid(name, text);
  }

  /** Returns a text of 1 to 255 characters. */
  public @Nullable String text(String name) {
    return text(name, 1);
  }

  /** Returns a text of at least so many, at most 255 characters. */
  public @Nullable String text(String name, int min) {
    String text = single(name);
    return text == null ? null : text(name, text, min);
  }

  /** Returns a text of 1 to 255 characters that must be given. */
  public String requiredText(String name) {
    String text = text(name);
    if (text == null) {
      throw Problem.invalid(name, "1 to %d characters; it is required".formatted(MAX_TEXT));
    }
    return text;
  }

  /** Returns the texts of a repeatable parameter, each of 1 to 255 characters. */
  public List<String> texts(String name) {
    return all(name).stream().map(text -> text(name, text, 1)).toList();
  }

  /** Returns an id. */
  public @Nullable UUID id(String name) {
    String text = single(name);
    return text == null ? null : uuid(name, text);
  }

  /** Returns {@code true} or {@code false}. */
  public @Nullable Boolean flag(String name) {
    String text = single(name);
    if (text == null) {
      return null;
    }
    return switch (text) {
      case "true" -> Boolean.TRUE;
      case "false" -> Boolean.FALSE;
      default -> throw Problem.invalid(name, "true or false");
    };
  }

  /** Returns a whole number within bounds, both included. */
  public @Nullable Long number(String name, long min, long max) {
    return number(
        name,
        min,
        max,
        max == Long.MAX_VALUE
            ? "a whole number of at least %d".formatted(min)
            : "a whole number from %d to %d".formatted(min, max));
  }

  /**
   * Likewise.
   *
   * @param expected what is allowed and why, to follow "Expected "
   */
  public @Nullable Long number(String name, long min, long max, String expected) {
    String text = single(name);
    if (text == null) {
      return null;
    }
    if (NUMBER.matcher(text).matches()) {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return number;
      }
    }
    throw Problem.invalid(name, expected);
  }

  /** Returns a time. */
  public @Nullable Instant time(String name) {
    String text = single(name);
    if (text == null) {
      return null;
    }
    if (RFC_3339.matcher(text).matches()) {
      try {
        return OffsetDateTime.parse(text.toUpperCase(Locale.ROOT)).toInstant();
      } catch (DateTimeException e) {
        // Of the right form, but no such day or hour: refused below.
      }
    }
    throw Problem.invalid(
        name, "a time as RFC 3339 has it, such as 2026-11-23T09:00:00Z (a + written as %2B)");
  }

  /**
   * Returns one of the values allowed.
   *
   * @param wireName what each is called
   */
  public <E> @Nullable E oneOf(String name, List<E> allowed, Function<E, String> wireName) {
    String text = single(name);
    return text == null ? null : oneOf(name, text, allowed, wireName);
  }

  /**
   * Returns those of the values allowed that a repeatable parameter names.
   *
   * @param wireName what each is called
   */
  public <E> List<E> someOf(String name, List<E> allowed, Function<E, String> wireName) {
    return all(name).stream().map(text -> oneOf(name, text, allowed, wireName)).toList();
  }

  /** Returns which of the relations {@code include} names, separated by commas. */
  public Set<String> include(String... relations) {
    String text = single("include");
    Set<String> included = new LinkedHashSet<>();
    if (text != null) {
      for (String name : text.split(",", -1)) {
        included.add(oneOf("include", name, List.of(relations), Function.identity()));
      }
    }
    return included;
  }

  /** The cursor as it was given. */
  @Nullable String cursor() {
    return single(AllowedParameters.CURSOR);
  }

  /** What decides which rows a list holds and in which order, in one spelling. */
  String scope() {
    Map<String, List<String>> deciding = new TreeMap<>(values);
    deciding.keySet().removeAll(AllowedParameters.PAGING);
    deciding.replaceAll((name, given) -> given.stream().sorted().toList());
    return path + deciding;
  }

  private static <E> E oneOf(
      String name, String text, List<E> allowed, Function<E, String> wireName) {
    for (E each : allowed) {
      if (wireName.apply(each).equals(text)) {
        return each;
      }
    }
    throw Problem.invalid(
        name,
        "one of " + allowed.stream().map(wireName).sorted().collect(Collectors.joining(", ")));
  }

  private static UUID uuid(String name, String text) {
    if (!UUID_IN_LOWER_CASE.matcher(text).matches()) {
      throw Problem.invalid(name, "a UUID in lower case");
    }
    return UUID.fromString(text);
  }

  private static String text(String name, String text, int min) {
    int length = text.codePointCount(0, text.length());
    // PostgreSQL has no text with U+0000.
    if (length < min || length > MAX_TEXT || text.indexOf('\0') >= 0) {
      throw Problem.invalid(
          name, "%d to %d characters, none of them U+0000".formatted(min, MAX_TEXT));
    }
    return text;
  }

  private @Nullable String single(String name) {
    List<String> given = values.get(name);
    return given == null ? null : given.getFirst();
  }

  private List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }
}
