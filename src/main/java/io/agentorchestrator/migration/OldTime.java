package io.agentorchestrator.migration;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/**
 * Times as Python writes them: {@code 2024-01-15 10:30:00.123456}, in UTC without saying so, with
 * six digits of a second or none. Also read are {@code T} between the two, other numbers of digits
 * and an offset.
 */
final class OldTime {

  private static final DateTimeFormatter READ =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .appendPattern("['T'][' ']")
          .appendPattern("HH:mm:ss")
          .optionalStart()
          .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true)
          .optionalEnd()
          .optionalStart()
          .appendOffset("+HH:MM", "Z")
          .optionalEnd()
          .parseDefaulting(ChronoField.OFFSET_SECONDS, 0)
          .toFormatter(Locale.ROOT);

  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);

  /** Where the time of the day begins. */
  private static final int TIME_OF_DAY = "2024-01-15 ".length();

  /** What the log's schema has room for. */
  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");

  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999Z");

  private OldTime() {}

  /** Reads a time, to the microsecond; nothing where it is none. */
  static Optional<Instant> parse(String text) {
    try {
      Instant time = READ.parse(text, Instant::from).truncatedTo(ChronoUnit.MICROS);
      return time.isBefore(FIRST) || time.isAfter(LAST) ? Optional.empty() : Optional.of(time);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Writes a time as Python's {@code isoformat} does, which is how its JSON has it over HTTP. */
  static String isoFormat(Instant time) {
    return new StringBuilder(format(time)).replace(TIME_OF_DAY - 1, TIME_OF_DAY, "T").toString();
  }

  /** Writes a time as Python's {@code str} does. */
  static String format(Instant time) {
    return (time.equals(time.truncatedTo(ChronoUnit.SECONDS)) ? SECONDS : MICROS)
        .format(LocalDateTime.ofInstant(time, ZoneOffset.UTC));
  }
}
