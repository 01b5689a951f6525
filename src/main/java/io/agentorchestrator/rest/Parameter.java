package io.agentorchestrator.rest;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A query parameter of a read: what it is called, what it may be, and what that means. By the same
 * object requests are read and {@code openapi.yaml} is written, so that neither can say another
 * thing than the other.
 *
 * @param name its name
 * @param values what it may be
 * @param usual what it is where it is not given, or null
 * @param required whether it must be given
 * @param repeatable whether it may be given more than once
 * @param description what it does, for the API's readers; empty where the name says it
 * @param <T> what a value is read as
 */
public record Parameter<T>(
    String name,
    Values<T> values,
    @Nullable T usual,
    boolean required,
    boolean repeatable,
    String description) {

  /** Which position a read is at least to know of. Every path takes it. */
  public static final Parameter<Long> MIN_POSITION =
      number("min_position", 0, Long.MAX_VALUE)
          .describedAs("The answer is at least as fresh as the log entry at this position.");

  static final String INCLUDE = "include";

  private static <T> Parameter<T> of(String name, Values<T> values) {
    return new Parameter<>(name, values, null, false, false, "");
  }

  /** A text of 1 to 255 characters. */
  public static Parameter<String> text(String name) {
    return text(name, 1);
  }

  /** A text of at least so many, at most 255 characters. */
  public static Parameter<String> text(String name, int min) {
    return of(name, new Values.Text(min));
  }

  /** A UUID in lower case. */
  public static Parameter<UUID> id(String name) {
    return of(name, new Values.Id());
  }

  /** {@code true} or {@code false}. */
  public static Parameter<Boolean> flag(String name) {
    return of(name, new Values.Flag());
  }

  /** A whole number within bounds, both included; no bound above is {@link Long#MAX_VALUE}. */
  public static Parameter<Long> number(String name, long min, long max) {
    return number(name, min, max, "");
  }

  /**
   * Likewise.
   *
   * @param beyond what becomes of others, such as that they are read elsewhere
   */
  public static Parameter<Long> number(String name, long min, long max, String beyond) {
    return of(name, new Values.Whole(min, max, beyond));
  }

  /** A time, as RFC 3339 has it. */
  public static Parameter<Instant> time(String name) {
    return of(name, new Values.Time());
  }

  /**
   * One of some values.
   *
   * @param wireName what each is called
   */
  public static <E> Parameter<E> oneOf(String name, E[] allowed, Function<E, String> wireName) {
    return of(name, new Values.OneOf<>(List.of(allowed), wireName));
  }

  /** One of some words, the first of which it is where none is given. */
  public static Parameter<String> word(String name, String... allowed) {
    return oneOf(name, allowed, Function.identity()).usually(allowed[0]);
  }

  /** {@link #INCLUDE}: what is to be embedded. */
  public static Parameter<Set<String>> include(Values.Relation... relations) {
    return of(INCLUDE, new Values.Relations(Arrays.asList(relations))).usually(Set.of());
  }

  /** What an answer gave. */
  static Parameter<String> opaque(String name) {
    return of(name, new Values.Opaque());
  }

  /** The same, meaning something where it is not given. */
  public Parameter<T> usually(T value) {
    return new Parameter<>(name, values, value, required, repeatable, description);
  }

  /** The same, but it must be given. */
  public Parameter<T> mandatory() {
    return new Parameter<>(name, values, usual, true, repeatable, description);
  }

  /** The same, but it may be given more than once. */
  public Parameter<T> repeated() {
    return new Parameter<>(name, values, usual, required, true, description);
  }

  /** The same, with words about it. */
  public Parameter<T> describedAs(String words) {
    return new Parameter<>(name, values, usual, required, repeatable, words);
  }

  /**
   * Reads a value that was given.
   *
   * @throws org.springframework.web.ErrorResponseException if it is none
   */
  T read(String text) {
    T value = values.read(text);
    if (value == null) {
      throw Problem.invalid(name, values.expected());
    }
    return value;
  }
}
