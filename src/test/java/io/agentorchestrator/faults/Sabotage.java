package io.agentorchestrator.faults;

/**
 * What is done at a {@link Failpoint}.
 *
 * @param deed what
 * @param detail the SQLSTATE of {@link Deed#THROW_SQL}, else empty
 * @param nth at which hit from now on it begins, from 1
 * @param times at how many hits in a row
 */
record Sabotage(Deed deed, String detail, int nth, int times) {

  enum Deed {
    HALT,
    PAUSE,
    THROW_SQL,
    THROW_TIMEOUT,
    THROW_OUT_OF_MEMORY
  }

  Sabotage {
    if (nth < 1 || times < 1) {
      throw new IllegalArgumentException(
          "Expected nth and times to be at least 1, but they are %d and %d.".formatted(nth, times));
    }
  }

  String toLine() {
    return "%s,%s,%d,%d".formatted(deed, detail, nth, times);
  }

  static Sabotage ofLine(String line) {
    String[] parts = line.strip().split(",", -1);
    return new Sabotage(
        Deed.valueOf(parts[0]), parts[1], Integer.parseInt(parts[2]), Integer.parseInt(parts[3]));
  }
}
