package io.agentorchestrator.schemas;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Changes a message in one random way, or in three, as a careless producer might. */
final class Mutator {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final String[] PIECES = {
    "\0", "\uD83D", "\uDE00", Rule.EMOJI, " ", "\n", "\u00A0", "x", "/", "\"", "\\", "\u2028"
  };
  private static final String[] NUMBERS = {
    "0",
    "-1",
    "1",
    "5",
    "5.0",
    "0.5",
    "10",
    "101",
    "256",
    "3601",
    "86401",
    "2147483648",
    "1E+309",
    "1E-400",
    "12345678901234567890",
    "1.50"
  };

  private final Random random;
  private final List<String> types;

  Mutator(Random random, List<String> types) {
    this.random = random;
    this.types = types;
  }

  /** A field of an object somewhere in the message. */
  private record Place(ObjectNode object, String field) {

    JsonNode value() {
      return object.path(field);
    }

    void set(JsonNode value) {
      object.set(field, value);
    }
  }

  /** Changes the message, and returns what was done. */
  String mutate(ObjectNode message) {
    StringBuilder done = new StringBuilder();
    for (int times = random.nextInt(4) > 0 ? 1 : 3; times > 0; times--) {
      List<Place> places = places(message);
      if (!places.isEmpty()) {
        Place place = pick(places);
        done.append(", ").append(mutate(message, place, places));
        done.append(" /").append(place.field().length() < 30 ? place.field() : "long");
      }
    }
    return done.toString();
  }

  private String mutate(ObjectNode message, Place place, List<Place> places) {
    return switch (random.nextInt(14)) {
      case 0 -> {
        place.object().remove(place.field());
        yield "removed";
      }
      case 1 -> {
        place.set(scalar());
        yield "replaced";
      }
      case 2 -> {
        Place other = pick(places);
        JsonNode value = place.value().deepCopy();
        place.set(other.value().deepCopy());
        other.set(value);
        yield "swapped with " + other.field();
      }
      case 3 -> {
        grow(place);
        yield "grown";
      }
      case 4 -> {
        place.set(NODES.arrayNode().add(place.value()));
        yield "wrapped";
      }
      case 5 -> {
        place.set(NODES.objectNode().set(place.field(), place.value()));
        yield "nested";
      }
      case 6 -> {
        JsonNode value = place.object().remove(place.field());
        place.object().set(renamed(place.field()), value);
        yield "renamed";
      }
      case 7 -> {
        repeat(place);
        yield "repeated";
      }
      case 8 -> {
        insert(place);
        yield "spoilt";
      }
      case 9 -> {
        place.set(NODES.stringNode(place.value().asString("x").toUpperCase(Locale.ROOT)));
        yield "in upper case";
      }
      case 10 -> {
        place.set(number(place.value()));
        yield "as a number";
      }
      case 11 -> {
        place.set(NODES.stringNode(place.value().toString()));
        yield "as text";
      }
      case 12 -> {
        message.set(place.field(), place.value());
        if (message.path("data") instanceof ObjectNode data) {
          data.set(pick(places).field(), scalar());
        }
        yield "moved out";
      }
      default -> {
        message.put("type", pick(types));
        yield "other type beside";
      }
    };
  }

  private JsonNode scalar() {
    return switch (random.nextInt(7)) {
      case 0 -> NODES.nullNode();
      case 1 -> NODES.booleanNode(random.nextBoolean());
      case 2 -> NODES.numberNode(new BigDecimal(NUMBERS[random.nextInt(NUMBERS.length)]));
      case 3 -> NODES.stringNode("");
      case 4 -> NODES.stringNode("0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a");
      case 5 -> random.nextBoolean() ? NODES.arrayNode() : NODES.objectNode();
      default -> NODES.stringNode(Rule.EMOJI.repeat(1 + random.nextInt(300)));
    };
  }

  private void grow(Place place) {
    String text = place.value().asString("x");
    int length = List.of(2, 3, 100, 101, 255, 256, 500, 501, 5_000, 5_001).get(random.nextInt(10));
    StringBuilder grown = new StringBuilder(text);
    while (grown.length() < length) {
      grown.append(text.isEmpty() ? "x" : text);
    }
    boolean splits = Character.isHighSurrogate(grown.charAt(length - 1));
    grown.setLength(splits && random.nextInt(4) > 0 ? length - 1 : length);
    place.set(NODES.stringNode(grown.toString()));
  }

  private void repeat(Place place) {
    if (place.value() instanceof ArrayNode array && !array.isEmpty()) {
      JsonNode first = array.get(0);
      for (int times = 1 + random.nextInt(60); times > 0; times--) {
        array.add(
            random.nextInt(3) > 0 ? first.deepCopy() : NODES.stringNode("label-" + array.size()));
      }
    }
  }

  private void insert(Place place) {
    String piece = PIECES[random.nextInt(PIECES.length)];
    if (place.value().isString() && random.nextInt(4) > 0) {
      String text = place.value().stringValue();
      int at = random.nextInt(text.length() + 1);
      place.set(NODES.stringNode(text.substring(0, at) + piece + text.substring(at)));
    } else {
      place.object().set(place.field() + piece, place.value());
    }
  }

  private JsonNode number(JsonNode value) {
    if (!value.isNumber()) {
      return NODES.numberNode(new BigDecimal(NUMBERS[random.nextInt(NUMBERS.length)]));
    }
    BigDecimal number = value.decimalValue();
    return NODES.numberNode(
        switch (random.nextInt(4)) {
          case 0 -> number.negate();
          case 1 -> number.movePointRight(3);
          case 2 -> number.setScale(Math.max(number.scale(), 0) + 2);
          default -> number.add(new BigDecimal("0.5"));
        });
  }

  private String renamed(String field) {
    return switch (random.nextInt(3)) {
      case 0 -> field.replace("_", "");
      case 1 -> field.toUpperCase(Locale.ROOT);
      default -> field + "s";
    };
  }

  private static List<Place> places(JsonNode node) {
    List<Place> places = new ArrayList<>();
    collect(node, places);
    return places;
  }

  private static void collect(JsonNode node, List<Place> places) {
    if (node instanceof ObjectNode object) {
      object.propertyNames().forEach(field -> places.add(new Place(object, field)));
    }
    node.forEach(child -> collect(child, places));
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
