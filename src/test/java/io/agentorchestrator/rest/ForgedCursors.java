package io.agentorchestrator.rest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Cursors that no page gave although their checksum is right. It is no secret: it takes what stands
 * in {@link Cursor} and the list's path and parameters, so whoever reads may write them. The same
 * for the same seed.
 */
public final class ForgedCursors {

  /** As {@link QueryParameters} leaves them out of what a cursor belongs to. */
  private static final Set<String> PAGING =
      Set.of("limit", "offset", "cursor", "count", "min_position");

  /** Each is a key of some order, is nearly one, or is none. */
  private static final List<String> KEYS =
      List.of(
          "2026-11-23T09:00:00Z",
          "2026-11-23T09:00:00.123456789Z",
          "0000-01-01T00:00:00Z",
          "9999-12-31T23:59:59.999999999Z",
          // Instants, of which PostgreSQL has none: its times end in the year 294276.
          "+294277-01-01T00:00:00Z",
          "+500000-01-01T00:00:00Z",
          "-0005-01-01T00:00:00Z",
          "-4714-01-01T00:00:00Z",
          Instant.MIN.toString(),
          Instant.MAX.toString(),
          "2026-02-30T09:00:00Z",
          "2026-11-23T09:00:00",
          "0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a",
          "0199B2C4-7D1E-7A3B-9C55-1F0E2D3C4B5A",
          "1-1-1-1-1",
          "0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a0",
          "0199b2c4",
          "ffffffff-ffff-ffff-ffff-ffffffffffff",
          "0",
          "3",
          "-1",
          "+1",
          "32767",
          "32768",
          "2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775808",
          "9".repeat(400),
          "1e9",
          "NaN",
          "\u0663",
          "null",
          "",
          " ",
          "\0",
          "\uD83D\uDE00",
          "'; SELECT pg_sleep(60); --",
          "a".repeat(2_000));

  private final Random random;

  public ForgedCursors(Random random) {
    this.random = random;
  }

  /**
   * Makes one that belongs to a list, whatever stands in it: too few keys, too many, or others.
   *
   * @param path the list's, as it is sent
   * @param parameters those of the request, by name
   */
  public String next(String path, Map<String, List<String>> parameters) {
    List<String> position = new ArrayList<>();
    for (int keys = random.nextInt(5); keys >= 0; keys--) {
      position.add(KEYS.get(random.nextInt(KEYS.size())));
    }
    if (random.nextInt(4) == 0) {
      // Nearly right: one that it was, with one key of it changed.
      position = new ArrayList<>(honest(path, parameters));
      position.set(random.nextInt(position.size()), KEYS.get(random.nextInt(KEYS.size())));
    }
    return of(path, parameters, position);
  }

  /** Likewise, of keys such as its rows have. */
  public static String right(String path, Map<String, List<String>> parameters) {
    return of(path, parameters, honest(path, parameters));
  }

  private static List<String> honest(String path, Map<String, List<String>> parameters) {
    List<String> position = new ArrayList<>();
    if (parameters.getOrDefault("sort", List.of()).contains("priority")) {
      position.add("3");
    }
    position.add("2026-11-23T09:00:00.123456Z");
    position.add(path.endsWith("/log") ? "4711" : "0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a");
    return position;
  }

  private static String of(
      String path, Map<String, List<String>> parameters, List<String> position) {
    Map<String, List<String>> deciding = new TreeMap<>(parameters);
    deciding.keySet().removeAll(PAGING);
    deciding.replaceAll((name, given) -> given.stream().sorted().toList());
    return Cursor.encode(path + deciding, position);
  }
}
