package io.agentorchestrator.schemas;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/**
 * Values of a parameter, made from its schema: what it allows, the edges of that more often than
 * what lies between them, and what it does not allow, which is what it allows with one thing wrong.
 * The same for the same seed.
 */
public final class GeneratedValues {

  /** As a parameter that has no maximum is read: numbers of more digits are refused as such. */
  private static final long LARGEST = 999_999_999_999_999_999L;

  /** Characters that mean something on the way: in URLs, SQL, patterns, JSON, at terminals. */
  private static final List<String> CHARACTERS =
      List.of(
          "a",
          "Z",
          "0",
          " ",
          "\t",
          "\n",
          "\r",
          "'",
          "\"",
          "\\",
          "%",
          "_",
          "*",
          "?",
          "&",
          "=",
          "+",
          ";",
          "/",
          "#",
          ",",
          "{",
          "}",
          "$",
          "<",
          "\u0001",
          "\u007F",
          "\u0085",
          "\u00E9",
          "e\u0301",
          "\u0130",
          "\u00DF",
          "\u202E",
          "\u2028",
          "\uFEFF",
          "\uFFFD",
          "\uFFFF",
          "\u4E2D",
          "\uD83D\uDE00",
          "\uDBFF\uDFFF");

  /** RFC 3339 allows up to a day; the JDK's offsets, by which times are read, end here. */
  private static final int MOST_OFFSET_MINUTES = 18 * 60;

  private static final int LONGEST_USUAL = 12;

  private final Random random;

  public GeneratedValues(Random random) {
    this.random = random;
  }

  /** Makes a value that a schema allows; its references are followed. */
  public String valid(JsonNode schema) {
    if (schema.has("enum")) {
      return pick(schema.get("enum").valueStream().map(JsonNode::asString).toList());
    }
    return switch (schema.path("type").asString("")) {
      case "boolean" -> String.valueOf(random.nextBoolean());
      case "integer" -> String.valueOf(number(schema));
      case "string" ->
          switch (schema.path("format").asString("")) {
            case "uuid" -> new UUID(random.nextLong(), random.nextLong()).toString();
            case "date-time" -> time();
            default -> text(length(schema));
          };
      default -> throw new IllegalArgumentException("What may be a value of " + schema + "?");
    };
  }

  private long number(JsonNode schema) {
    long min = schema.get("minimum").longValue();
    long max = schema.path("maximum").asLong(LARGEST);
    return switch (random.nextInt(6)) {
      case 0 -> min;
      case 1 -> max;
      case 2 -> Math.min(max, min + 1);
      case 3 -> Math.max(min, max - 1);
      default -> min + Math.floorMod(random.nextLong(), max - min + 1);
    };
  }

  private int length(JsonNode schema) {
    int min = schema.path("minLength").asInt(0);
    int max = schema.path("maxLength").asInt(LONGEST_USUAL);
    return switch (random.nextInt(10)) {
      case 0, 1 -> min;
      case 2 -> max;
      default -> min + random.nextInt(Math.min(max - min, LONGEST_USUAL) + 1);
    };
  }

  /** A text of so many characters as Unicode counts them. */
  private String text(int length) {
    StringBuilder text = new StringBuilder();
    int missing = length;
    while (missing > 0) {
      String next = pick(CHARACTERS);
      int characters = next.codePointCount(0, next.length());
      if (characters <= missing) {
        text.append(next);
        missing -= characters;
      }
    }
    return text.toString();
  }

  private String time() {
    int year =
        switch (random.nextInt(8)) {
          case 0 -> 0;
          case 1 -> 9999;
          case 2 -> random.nextInt(10_000);
          default -> 2020 + random.nextInt(10);
        };
    LocalDateTime local =
        LocalDateTime.of(year, 1, 1, 0, 0).plusSeconds(random.nextLong(364L * 24 * 60 * 60));
    StringBuilder time = new StringBuilder("%04d".formatted(year));
    time.append(local.format(DateTimeFormatter.ofPattern("-MM-dd'T'HH:mm:ss", Locale.ROOT)));
    if (random.nextBoolean()) {
      time.append('.');
      for (int digits = 1 + random.nextInt(9); digits > 0; digits--) {
        time.append(random.nextInt(10));
      }
    }
    time.append(offset());
    return random.nextInt(8) == 0 ? time.toString().toLowerCase(Locale.ROOT) : time.toString();
  }

  private String offset() {
    if (random.nextBoolean()) {
      return "Z";
    }
    int minutes = random.nextInt(-MOST_OFFSET_MINUTES, MOST_OFFSET_MINUTES + 1);
    String id = ZoneOffset.ofTotalSeconds(60 * minutes).getId();
    return id.equals("Z") ? "-00:00" : id;
  }

  /** Makes a value that a schema does not allow. */
  public String invalid(JsonNode schema) {
    if (schema.has("enum")) {
      return spoiltWord(valid(schema));
    }
    return switch (schema.path("type").asString("")) {
      case "boolean" -> pick(List.of("", "TRUE", "False", "1", "0", "yes", "null", "true ", "on"));
      case "integer" -> spoiltNumber(schema);
      case "string" ->
          switch (schema.path("format").asString("")) {
            case "uuid" -> spoiltId(valid(schema));
            case "date-time" -> spoiltTime(valid(schema));
            default -> spoiltText(schema);
          };
      default -> throw new IllegalArgumentException("What may be no value of " + schema + "?");
    };
  }

  private String spoiltWord(String word) {
    return switch (random.nextInt(6)) {
      case 0 -> "";
      case 1 -> word + "x";
      case 2 -> " " + word;
      case 3 -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
      case 4 -> word + "\0";
      default -> word + "'--";
    };
  }

  private String spoiltNumber(JsonNode schema) {
    long min = schema.get("minimum").longValue();
    long number = number(schema);
    return switch (random.nextInt(10)) {
      case 0 -> String.valueOf(min - 1);
      case 1 -> schema.has("maximum") ? String.valueOf(schema.get("maximum").longValue() + 1) : "x";
      case 2 -> "9".repeat(19 + random.nextInt(200));
      case 3 -> number + ".0";
      case 4 -> "+" + number;
      case 5 -> number + "e1";
      case 6 -> "0x" + number;
      case 7 -> " " + number;
      case 8 -> "\uFF11";
      default -> "";
    };
  }

  private String spoiltId(String id) {
    return switch (random.nextInt(7)) {
      case 0 -> id.substring(1);
      case 1 -> id + "0";
      case 2 -> id.replace("-", "");
      case 3 -> "g" + id.substring(1);
      case 4 -> "A" + id.substring(1);
      case 5 -> "urn:uuid:" + id;
      default -> "{" + id + "}";
    };
  }

  private String spoiltTime(String time) {
    String date = "2026-11-23";
    return switch (random.nextInt(12)) {
      case 0 -> date;
      case 1 -> date + "T09:00:00";
      case 2 -> date + " 09:00:00Z";
      case 3 -> date + "T24:00:01Z";
      case 4 -> "2026-02-29T09:00:00Z";
      case 5 -> "2026-13-01T09:00:00Z";
      case 6 -> date + "T09:00:00+25:00";
      case 7 -> date + "T09:00:00.0123456789Z";
      case 8 -> "+5" + time;
      case 9 -> "-" + time;
      case 10 -> String.valueOf(random.nextInt(Integer.MAX_VALUE));
      default -> "";
    };
  }

  /** Where a text has no bounds, it is one that only an answer can give, and hardly by chance. */
  private String spoiltText(JsonNode schema) {
    if (!schema.has("minLength")) {
      return text(1 + random.nextInt(LONGEST_USUAL));
    }
    int min = schema.get("minLength").intValue();
    int max = schema.get("maxLength").intValue();
    return switch (random.nextInt(3)) {
      case 0 -> text(min - 1);
      case 1 -> text(max + 1 + random.nextInt(20));
      default -> "\0" + text(min);
    };
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
