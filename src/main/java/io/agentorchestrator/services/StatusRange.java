package io.agentorchestrator.services;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Some of HTTP's status codes.
 *
 * @param first the lowest, 200 to 599
 * @param last the highest, not below the first
 */
record StatusRange(int first, int last) {

  private static final Pattern RANGE = Pattern.compile("([2-5]\\d\\d)(?:-([2-5]\\d\\d))?");

  /**
   * Reads one.
   *
   * @param text one code, or the lowest and the highest: {@code 200-299}
   * @throws IllegalArgumentException if it is neither
   */
  public static StatusRange of(String text) {
    Matcher matcher = RANGE.matcher(text);
    if (matcher.matches()) {
      int first = Integer.parseInt(matcher.group(1));
      int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (first <= last) {
        return new StatusRange(first, last);
      }
    }
    throw new IllegalArgumentException(
        "Expected a status such as 204 or 200-299, but it is %s.".formatted(text));
  }

  boolean contains(int status) {
    return status >= first && status <= last;
  }

  @Override
  public String toString() {
    return first == last ? String.valueOf(first) : first + "-" + last;
  }
}
