package io.agentorchestrator.schemas;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/**
 * What the contract says about one field, as values: those at and within the bounds, and those just
 * past them. Long, because each kind of field has its own ways of being nearly right.
 *
 * @param accepted values that the field may have
 * @param refused values that it may not have
 */
record Rule(List<Sample> accepted, List<Sample> refused) {

  /** A value, and what is special about it. */
  record Sample(String label, JsonNode value) {}

  /** One code point, two UTF-16 units, four bytes of UTF-8. */
  static final String EMOJI = "\uD83D\uDE00";

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int MAX_BYTES = 262_144;

  private static final String[] NUMBERS = {
    "0",
    "-0",
    "-0.0",
    "0e400",
    "0E-400",
    "0." + "0".repeat(150),
    "5.0",
    "5e0",
    "0.1",
    "-1.5E+10",
    "9".repeat(100),
    "-" + "9".repeat(100),
    "0." + "1".repeat(100),
    "1." + "0".repeat(99),
    "0." + "0".repeat(200) + "1",
    "1E308",
    "1.7976931348623157E308",
    "-1.7976931348623157E+308",
    "4.9E-324",
    "-4.9e-324",
    "9007199254740993",
    "9223372036854775808",
    "18446744073709551616"
  };

  private static final String[] NO_NUMBERS = {
    "9".repeat(101),
    "-" + "9".repeat(101),
    "1".repeat(1_100),
    "0." + "1".repeat(101),
    "1." + "0".repeat(100),
    "1" + "0".repeat(100),
    "1.7976931348623158E308",
    "-1.7976931348623158E308",
    "1.79769313486231570000000001E308",
    "1E309",
    "-1e400",
    "1e200000",
    "4.8E-324",
    "-4.8E-324",
    "1E-400",
    "-1e-200000"
  };

  private static final List<Sample> UNCLEAN =
      List.of(
          string("a NUL", "ab\0c"),
          string("a NUL alone", "\0\0\0"),
          string("a high surrogate at the end", "abc\uD800"),
          string("a high surrogate before a letter", "\uDBFFabc"),
          string("a low surrogate at the start", "\uDC00abc"),
          string("a low surrogate at the end", "abc\uDFFF"),
          string("a pair the wrong way round", "a\uDE00\uD83Db"));

  /** A string of so many code points. */
  static Rule text(int min, int max) {
    List<Sample> accepted = new ArrayList<>();
    accepted.add(string("shortest", "a".repeat(min)));
    accepted.add(string("longest", "a".repeat(max)));
    accepted.add(string("shortest of emoji", EMOJI.repeat(min)));
    accepted.add(string("longest of emoji", EMOJI.repeat(max)));
    accepted.add(string("lines", "a\nb"));
    accepted.add(string("control characters", "\u0001\u001F\u007F"));
    accepted.add(string("blanks", "   "));
    accepted.add(string("a combining mark", "e\u0301a"));
    accepted.add(string("the ends of the surrogates' range", "\uD7FF\uE000\uFFFF"));
    List<Sample> refused = new ArrayList<>(UNCLEAN);
    refused.add(string("one too long", "a".repeat(max + 1)));
    refused.add(string("one emoji too long", EMOJI.repeat(max + 1)));
    if (min > 0) {
      refused.add(string("empty", ""));
      refused.add(string("one emoji too short", EMOJI.repeat(min - 1)));
      refused.add(string("one too short", "a".repeat(min - 1)));
    }
    refused.addAll(othersThan("string"));
    return new Rule(accepted, refused);
  }

  /** A string that is one of those given. */
  static Rule oneOf(String... values) {
    List<Sample> accepted = new ArrayList<>();
    List<Sample> refused = new ArrayList<>(othersThan("string"));
    refused.add(string("empty", ""));
    refused.add(string("another word", "automatic"));
    for (String value : values) {
      accepted.add(string(value, value));
      refused.add(string(value + " in upper case", value.toUpperCase(Locale.ROOT)));
      refused.add(string(value + " and a blank", value + " "));
      refused.add(string(value + " twice", value + value));
    }
    refused.removeIf(sample -> accepted.stream().anyMatch(a -> a.value().equals(sample.value())));
    return new Rule(accepted, refused);
  }

  /** Strings to be accepted and refused as they are listed; other types are refused. */
  static Rule strings(List<String> accepted, List<String> refused) {
    List<Sample> no = new ArrayList<>(othersThan("string"));
    refused.forEach(value -> no.add(string(printable(value), value)));
    return new Rule(accepted.stream().map(v -> string(printable(v), v)).toList(), no);
  }

  static Rule uuid() {
    String uuid = "0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a";
    return strings(
        List.of(
            uuid,
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "123e4567-e89b-12d3-a456-426614174000"),
        List.of(
            "",
            uuid.toUpperCase(Locale.ROOT),
            "0199B2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a",
            uuid.replace("-", ""),
            "{" + uuid + "}",
            "urn:uuid:" + uuid,
            uuid + "0",
            uuid.substring(1),
            uuid + "\n",
            " " + uuid,
            uuid + "\0",
            "1-2-3-4-5",
            "0199b2c4-7d1e-7a3b-9c551-f0e2d3c4b5a",
            "0199b2c4_7d1e_7a3b_9c55_1f0e2d3c4b5a",
            "g199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a",
            "\u0660199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a",
            "task-1"));
  }

  /** A whole number, however it is written. */
  static Rule integer(long min, long max) {
    List<Sample> accepted =
        new ArrayList<>(
            List.of(
                raw("least", min + ""),
                raw("most", max + ""),
                raw("least with a fraction of zero", min + ".0"),
                raw("most with many zeros", max + ".000000"),
                raw("most with an exponent", max + "e0"),
                raw("most by a negative exponent", max + "0E-1"),
                raw("100 digits", max + "." + "0".repeat(100 - (max + "").length()))));
    List<Sample> refused = new ArrayList<>(othersThan("number"));
    refused.addAll(
        List.of(
            raw("one too small", (min - 1) + ""),
            raw("one too big", (max + 1) + ""),
            raw("one too big with a fraction of zero", (max + 1) + ".0"),
            raw("a fraction", max + ".5"),
            raw("nearly whole", min + "." + "0".repeat(20) + "1"),
            raw("101 digits", max + "." + "0".repeat(101 - (max + "").length())),
            raw("past 32 bits", (4_294_967_296L + max) + ""),
            raw("past 64 bits", "18446744073709551617"),
            raw("past 64 bits with an exponent", "18446744073709551617e0"),
            raw("past a double", "1e309"),
            raw("much past a double", "1e200000"),
            raw("below a double", "1e-400"),
            raw("negative", "-1"),
            raw("most as text", "\"" + max + "\"")));
    if (min == 0) {
      accepted.add(raw("negative zero", "-0"));
      accepted.add(raw("zero by a big exponent", "0e400"));
    } else {
      refused.add(raw("zero", "0"));
    }
    return new Rule(accepted, refused);
  }

  /** A number from 0 to 1. */
  static Rule fraction() {
    List<Sample> accepted = new ArrayList<>();
    List<Sample> refused = new ArrayList<>(othersThan("number"));
    for (String value :
        List.of(
            "0",
            "1",
            "1.0",
            "0.0",
            "-0",
            "-0.0",
            "0.5",
            "5e-1",
            "10e-1",
            "4.9E-324",
            "0e400",
            "1." + "0".repeat(99),
            "0." + "3".repeat(100),
            "0.99999999999999999999")) {
      accepted.add(raw(value, value));
    }
    for (String value :
        List.of(
            "2",
            "-1",
            "1.00000000000000000001",
            "-4.9E-324",
            "4.8E-324",
            "1E-400",
            "1e309",
            "1." + "0".repeat(100),
            "0." + "3".repeat(101),
            "\"0.5\"",
            "100")) {
      refused.add(raw(value, value));
    }
    return new Rule(accepted, refused);
  }

  static Rule bool() {
    List<Sample> refused = new ArrayList<>(othersThan("boolean"));
    refused.add(string("true as text", "true"));
    refused.add(raw("1", "1"));
    return new Rule(List.of(raw("true", "true"), raw("false", "false")), refused);
  }

  /** An array of labels without duplicates. */
  static Rule labels(int maxItems) {
    Rule label = text(2, 100);
    List<Sample> accepted = new ArrayList<>(arraysOf(label.accepted));
    accepted.add(array("empty", 0, Rule::label));
    accepted.add(array("most items", maxItems, Rule::label));
    accepted.add(new Sample("differ by case", strings("gpu", "GPU", "gpu ")));
    accepted.add(new Sample("differ by composition", strings("\u00E9a", "e\u0301a")));
    List<Sample> refused = new ArrayList<>(arraysOf(label.refused));
    refused.addAll(othersThan("array"));
    refused.add(array("one item too many", maxItems + 1, Rule::label));
    refused.add(array("two the same", 2, i -> NODES.stringNode("same")));
    refused.add(array("first and last the same", 9, i -> label(i % 8)));
    return new Rule(accepted, refused);
  }

  /** An array of UUIDs; duplicates are for the rules to reject, not for the schema. */
  static Rule uuids() {
    Rule uuid = uuid();
    List<Sample> accepted = new ArrayList<>(arraysOf(uuid.accepted));
    accepted.add(array("empty", 0, Rule::uuid));
    accepted.add(array("many", 1_000, Rule::uuid));
    accepted.add(array("two the same", 2, i -> uuid(7)));
    List<Sample> refused = new ArrayList<>(arraysOf(uuid.refused));
    refused.addAll(othersThan("array"));
    return new Rule(accepted, refused);
  }

  /** An array of at least one and at most so many UUIDs, the same or different ones. */
  static Rule uuids(int max) {
    Rule any = uuids();
    List<Sample> accepted = new ArrayList<>(any.accepted);
    accepted.removeIf(sample -> sample.value().isEmpty() || sample.value().size() > max);
    accepted.add(array("most", max, Rule::uuid));
    List<Sample> refused = new ArrayList<>(any.refused);
    refused.add(array("none", 0, Rule::uuid));
    refused.add(array("one too many", max + 1, Rule::uuid));
    refused.add(array("one too many, all the same", max + 1, i -> uuid(7)));
    return new Rule(accepted, refused);
  }

  static Rule url() {
    String origin = "https://agents.example.com/";
    int rest = 500 - origin.length();
    return strings(
        List.of(
            "http://a",
            "HTTP://A",
            "hTTps://agents.example.com:8443/a2a/v1?x=1#top",
            "http://localhost:8080",
            "http://[::1]:8080/a",
            "http://user:secret@host/",
            "https://a?query",
            "https://a#fragment",
            "https://a//b///c",
            "https://b\u00FCcher.example/\u00E4",
            "https://" + EMOJI + ".example/" + EMOJI,
            "https://a/with\u00A0no-break-space",
            "https://a/\u001C",
            "https://a/%zz{}|^",
            origin + "a".repeat(rest),
            origin + EMOJI.repeat(rest)),
        List.of(
            "",
            "http",
            "http://",
            "https:///path",
            "http://?query",
            "http://#fragment",
            "http:/a",
            "http:a",
            "//a/b",
            "/a/b",
            "a.example.com",
            "ftp://a/b",
            "httpx://a",
            "xhttp://a",
            "ws://a",
            "mailto:a@example.com",
            " http://a",
            "http://a ",
            "http://a b/",
            "http:// a",
            "http://a/b c",
            "http://a/b\tc",
            "http://a/b\n",
            "http://a\n",
            "http://a\r\n",
            "http://a/\0",
            "http://a/\uD83D",
            "http://a/\uDE00b",
            origin + "a".repeat(rest + 1),
            origin + EMOJI.repeat(rest + 1)));
  }

  /** A JSON object of the user's own. */
  static Rule object() {
    List<Sample> accepted = new ArrayList<>();
    List<Sample> refused = new ArrayList<>(othersThan("object"));
    accepted.add(raw("empty", "{}"));
    accepted.add(
        raw("every type", "{\"a\":[1,\"b\",true,false,null,{},[]],\"\":{\"a\":{\"a\":1}}}"));
    accepted.add(raw("names of other fields", "{\"type\":\"x\",\"data\":{},\"specversion\":1}"));
    accepted.add(with("a long key", "k".repeat(60_000), raw("", "1")));
    accepted.add(with("keys of emoji", EMOJI, string("", EMOJI)));
    for (String number : NUMBERS) {
      accepted.add(with("number " + shorten(number), "n", raw("", number)));
    }
    for (String number : NO_NUMBERS) {
      refused.add(with("number " + shorten(number), "n", raw("", number)));
      refused.add(
          with("nested number " + shorten(number), "n", raw("", "[0,{\"x\":" + number + "}]")));
    }
    for (Sample unclean : UNCLEAN) {
      JsonNode text = unclean.value();
      refused.add(with("value with " + unclean.label(), "a", unclean));
      refused.add(with("key with " + unclean.label(), text.stringValue(), raw("", "1")));
      refused.add(
          with(
              "item with " + unclean.label(),
              "a",
              new Sample("", NODES.arrayNode().add(0).add(text))));
      refused.add(
          with(
              "nested key with " + unclean.label(),
              "a",
              new Sample(
                  "", NODES.arrayNode().add(NODES.objectNode().put(text.stringValue(), 1)))));
    }
    for (String brackets : List.of("{}", "[]", "{[", "[{")) {
      accepted.add(raw("10 deep of " + brackets, nested(10, brackets)));
      refused.add(raw("11 deep of " + brackets, nested(11, brackets)));
    }
    refused.add(raw("200 deep", nested(200, "{}")));
    accepted.add(raw("10 deep with a scalar", "{\"a\":".repeat(9) + "{\"a\":1}" + "}".repeat(9)));
    accepted.add(raw("wide", "{\"a\":[" + "[[]],".repeat(2_000) + "[]]}"));
    for (String letter : List.of("a", "\u00E9", EMOJI, "\"", "\n", "\u0001", "/")) {
      accepted.add(sized(letter, MAX_BYTES));
      refused.add(sized(letter, MAX_BYTES + 1));
    }
    accepted.add(raw("most bytes of numbers", numbers(MAX_BYTES)));
    refused.add(raw("one byte of numbers too many", numbers(MAX_BYTES + 1)));
    return new Rule(accepted, refused);
  }

  /** The rule of an optional attribute of the envelope, where null means that it is absent. */
  Rule orNull() {
    List<Sample> more = new ArrayList<>(accepted);
    more.add(raw("null", "null"));
    return new Rule(more, refused.stream().filter(s -> !s.label().equals("null")).toList());
  }

  /** The rule with more values accepted. */
  Rule accepting(String... values) {
    List<Sample> more = new ArrayList<>(accepted);
    List<Sample> less = new ArrayList<>(refused);
    for (String value : values) {
      more.add(raw(value, value));
      less.removeIf(sample -> sample.value().toString().equals(value));
    }
    return new Rule(more, less);
  }

  /** The rule with more strings refused. */
  Rule refusing(String... values) {
    List<Sample> more = new ArrayList<>(refused);
    for (String value : values) {
      more.add(string(printable(value), value));
    }
    return new Rule(accepted, more);
  }

  /** The rule of a text without its upper bound. */
  Rule unbounded() {
    return new Rule(
        accepted, refused.stream().filter(s -> !s.label().endsWith("too long")).toList());
  }

  /** The rule of an object that differs from the one given by what this rule says of a field. */
  Rule within(ObjectNode around, String pointer) {
    return new Rule(
        accepted.stream().map(sample -> within(around, pointer, sample)).toList(),
        refused.stream().map(sample -> within(around, pointer, sample)).toList());
  }

  private static Sample within(ObjectNode around, String pointer, Sample sample) {
    ObjectNode copy = around.deepCopy();
    put(copy, pointer, sample.value());
    return new Sample(pointer + " " + sample.label(), copy);
  }

  /** Sets a field of an object or an item of an array. */
  static void put(JsonNode root, String pointer, JsonNode value) {
    JsonPointer path = JsonPointer.compile(pointer);
    String last = path.last().getMatchingProperty();
    if (root.at(path.head()) instanceof ArrayNode array) {
      array.set(Integer.parseInt(last), value);
    } else {
      ((ObjectNode) root.at(path.head())).set(last, value);
    }
  }

  static Sample string(String label, String value) {
    return new Sample(label, NODES.stringNode(value));
  }

  /** A value to be written exactly so, whatever a number would become on the way. */
  static Sample raw(String label, String json) {
    return new Sample(label, NODES.rawValueNode(new RawValue(json)));
  }

  /** A value of each JSON type but one. */
  static List<Sample> othersThan(String type) {
    List<Sample> samples = new ArrayList<>();
    samples.add(raw("null", "null"));
    addUnless(samples, type, "object", "{}", "{\"a\":1}");
    addUnless(samples, type, "array", "[]", "[\"aaa\"]");
    addUnless(samples, type, "string", "\"aaa\"");
    addUnless(samples, type, "number", "5", "0.5");
    addUnless(samples, type, "boolean", "true", "false");
    return samples;
  }

  private static void addUnless(
      List<Sample> samples, String unwanted, String type, String... values) {
    if (!type.equals(unwanted)) {
      for (String value : values) {
        samples.add(raw(type + " " + value, value));
      }
    }
  }

  private static List<Sample> arraysOf(Collection<Sample> items) {
    return items.stream()
        .map(item -> new Sample("item " + item.label(), NODES.arrayNode().add(item.value())))
        .toList();
  }

  static Sample array(String label, int size, IntFunction<JsonNode> item) {
    ArrayNode array = NODES.arrayNode();
    IntStream.range(0, size).mapToObj(item).forEach(array::add);
    return new Sample(label, array);
  }

  static JsonNode label(int i) {
    return NODES.stringNode("label-" + i);
  }

  private static JsonNode uuid(int i) {
    return NODES.stringNode(String.format(Locale.ROOT, "0199b2c4-7d1e-7a3b-9c55-%012x", i));
  }

  private static ArrayNode strings(String... values) {
    ArrayNode array = NODES.arrayNode();
    for (String value : values) {
      array.add(value);
    }
    return array;
  }

  private static Sample with(String label, String key, Sample value) {
    return new Sample(label, NODES.objectNode().set(key, value.value()));
  }

  /** An object so many levels deep, of the one bracket and the other in turn. */
  private static String nested(int levels, String brackets) {
    StringBuilder opened = new StringBuilder("{\"a\":");
    StringBuilder closed = new StringBuilder("}");
    for (int level = 2; level <= levels; level++) {
      boolean last = level == levels;
      if (brackets.charAt(level % 2) == '{' || brackets.charAt(level % 2) == '}') {
        opened.append(last ? "{" : "{\"a\":");
        closed.insert(0, '}');
      } else {
        opened.append('[');
        closed.insert(0, ']');
      }
    }
    return opened.append(closed).toString();
  }

  /** An object of exactly so many bytes, nearly all of them one character's. */
  private static Sample sized(String letter, int bytes) {
    ObjectNode object = NODES.objectNode().put("a", "");
    int left = bytes - (int) Limit.bytes(object);
    int each = (int) Limit.bytes(NODES.stringNode(letter)) - 2;
    object.put("a", letter.repeat(left / each) + "z".repeat(left % each));
    return new Sample(bytes + " bytes of " + printable(letter), object);
  }

  /** An object of exactly so many bytes once its numbers are written in their own way. */
  private static String numbers(int bytes) {
    String start = "{\"a\":[1e2,1.50,0.00000001],\"b\":\"";
    String end = "\"}";
    long fixed = Limit.bytes(Schemas.JSON.readTree(start + end));
    return start + "z".repeat((int) (bytes - fixed)) + end;
  }

  private static String printable(String value) {
    StringBuilder text = new StringBuilder();
    value
        .codePoints()
        .limit(60)
        .forEach(
            c -> {
              if (c > ' ' && c < 0x7F) {
                text.appendCodePoint(c);
              } else {
                text.append(String.format(Locale.ROOT, "<U+%04X>", c));
              }
            });
    return value.length() > 60 ? text + "... (" + value.length() + ")" : text.toString();
  }

  private static String shorten(String number) {
    return number.length() > 40
        ? number.substring(0, 12) + "... (" + number.length() + " characters)"
        : number;
  }
}
