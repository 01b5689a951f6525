package io.agentorchestrator.rest;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a parameter may be.
 *
 * @param <T> what it is read as
 */
public sealed interface Values<T> {

  /** Reads a value; null if it is none of these. */
  @Nullable T read(String text);

  /** Returns what is allowed, to follow "Expected ". */
  String expected();

  /**
   * Texts of a length, in characters as Unicode counts them.
   *
   * @param min the least, at most {@link #MAX}
   */
  record Text(int min) implements Values<String> {

    /** The most characters. Nothing that can be searched for is longer. */
    public static final int MAX = 255;

    @Override
    public @Nullable String read(String text) {
      int length = text.codePointCount(0, text.length());
      // PostgreSQL has no text with U+0000.
      return length < min || length > MAX || text.indexOf('\0') >= 0 ? null : text;
    }

    @Override
    public String expected() {
      return "%d to %d characters, none of them U+0000".formatted(min, MAX);
    }
  }

  /**
   * Whole numbers.
   *
   * @param min the smallest
   * @param max the largest; {@link Long#MAX_VALUE} is no bound
   * @param beyond what becomes of others, to follow what is expected; empty where there is nothing
   *     to say
   */
  record Whole(long min, long max, String beyond) implements Values<Long> {

    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,18}");

    @Override
    public @Nullable Long read(String text) {
      if (!NUMBER.matcher(text).matches()) {
        return null;
      }
      long number = Long.parseLong(text);
      return number < min || number > max ? null : number;
    }

    @Override
    public String expected() {
      String bounds =
          max == Long.MAX_VALUE
              ? "a whole number of at least %d".formatted(min)
              : "a whole number from %d to %d".formatted(min, max);
      return beyond.isEmpty() ? bounds : bounds + "; " + beyond;
    }
  }

  /** {@code true} and {@code false}. */
  record Flag() implements Values<Boolean> {

    @Override
    public @Nullable Boolean read(String text) {
      return switch (text) {
        case "true" -> Boolean.TRUE;
        case "false" -> Boolean.FALSE;
        default -> null;
      };
    }

    @Override
    public String expected() {
      return "true or false";
    }
  }

  /** Times as RFC 3339 has them, with any offset. */
  record Time() implements Values<Instant> {

    private static final Pattern RFC_3339 =
        Pattern.compile(
            "\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})");

    @Override
    public @Nullable Instant read(String text) {
      if (!RFC_3339.matcher(text).matches()) {
        return null;
      }
      try {
        return OffsetDateTime.parse(text.toUpperCase(Locale.ROOT)).toInstant();
      } catch (DateTimeException e) {
        // Of the right form, but there is no such day or hour.
        return null;
      }
    }

    @Override
    public String expected() {
      return "a time as RFC 3339 has it, such as 2026-11-23T09:00:00Z (a + written as %2B)";
    }
  }

  /** UUIDs in lower case. */
  record Id() implements Values<UUID> {

    /** A UUID in lower case, as a regular expression. */
    public static final String PATTERN =
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

    private static final Pattern UUID_IN_LOWER_CASE = Pattern.compile(PATTERN);

    @Override
    public @Nullable UUID read(String text) {
      return UUID_IN_LOWER_CASE.matcher(text).matches() ? UUID.fromString(text) : null;
    }

    @Override
    public String expected() {
      return "a UUID in lower case";
    }
  }

  /** What an answer gave, to be given back as it is; whoever takes it judges it. */
  record Opaque() implements Values<String> {

    @Override
    public String read(String text) {
      return text;
    }

    @Override
    public String expected() {
      return "what an answer gave";
    }
  }

  /**
   * Some values, each by its name.
   *
   * @param all them, in the order in which they are told
   * @param wireName what each is called
   */
  record OneOf<E>(List<E> all, Function<E, String> wireName) implements Values<E> {

    /** Returns their names, in their order. */
    public List<String> names() {
      return all.stream().map(wireName).toList();
    }

    @Override
    public @Nullable E read(String text) {
      for (E each : all) {
        if (wireName.apply(each).equals(text)) {
          return each;
        }
      }
      return null;
    }

    @Override
    public String expected() {
      return "one of " + names().stream().sorted().collect(Collectors.joining(", "));
    }
  }

  /**
   * Relations to be embedded, by their names, separated by commas.
   *
   * @param all that there are
   */
  record Relations(List<Relation> all) implements Values<Set<String>> {

    @Override
    public @Nullable Set<String> read(String text) {
      Set<String> named = new LinkedHashSet<>(List.of(text.split(",", -1)));
      return names().containsAll(named) ? named : null;
    }

    @Override
    public String expected() {
      return "one of " + names().stream().sorted().collect(Collectors.joining(", "));
    }

    private List<String> names() {
      return all.stream().map(Relation::name).toList();
    }
  }

  /**
   * Something that an entity is related to, embedded under its name if asked for.
   *
   * @param name what it is called
   * @param type what it is, as {@code openapi.yaml} calls it, such as {@code Task}
   * @param most how many there may be; 1 is itself, or null, and more are a list
   */
  record Relation(String name, String type, int most) {}
}
