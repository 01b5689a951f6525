package io.agentorchestrator.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.springframework.boot.convert.DurationStyle;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Understands a time, or how long ago it was. */
final class Since implements ITypeConverter<Instant> {
  private final InstantSource clock;

  Since() {
    this(InstantSource.system());
  }

  Since(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public Instant convert(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      return clock.instant().minus(ago(text));
    }
  }

  private static Duration ago(String text) {
    try {
      Duration ago = DurationStyle.detectAndParse(text);
      if (!ago.isNegative()) {
        return ago;
      }
    } catch (IllegalArgumentException e) {
      // Told below, in our own words.
    }
    throw new TypeConversionException(
        "expected an RFC 3339 time or a duration such as 12h, but it is '%s'".formatted(text));
  }
}
