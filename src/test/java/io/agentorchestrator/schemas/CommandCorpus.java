package io.agentorchestrator.schemas;

import io.agentorchestrator.schemas.Rule.Sample;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Commands in structured mode, right and wrong ones, from which two readers of the contract can be
 * told apart: what one accepts, the other must accept too.
 *
 * <p>All of them are JSON without repeated keys and of at most 1 MiB. The corpus is written from
 * the contract, not from the schemas. A name that begins with {@code accepted} or {@code refused}
 * says what the contract wants; of a {@code random} one it is not known.
 */
public final class CommandCorpus {

  /**
   * A message as Kafka would deliver it.
   *
   * @param topic the topic that its type belongs to
   * @param name what is special about it, unique in the corpus
   */
  @SuppressWarnings("ArrayRecordComponent") // What Kafka hands over; compare by Arrays.equals.
  public record Case(String topic, String name, byte[] value) {}

  static final int MAX_BYTES = 1_048_576;

  private static final int RANDOM_VALID = 1_280;
  private static final int RANDOM_MUTANTS = 2_560;
  private static final int SMALL = 2_000;

  private static final JsonMapper COMPACT = Schemas.JSON;
  private static final JsonMapper ESCAPED =
      Schemas.JSON.rebuild().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
  private static final JsonMapper PRETTY =
      Schemas.JSON.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Random random;
  private final List<Shape> shapes = Shape.all();
  private final List<Case> cases = new ArrayList<>();
  private final IdentityHashMap<Rule, List<Sample>> smallOnes = new IdentityHashMap<>();
  private final Set<String> names = new LinkedHashSet<>();

  private CommandCorpus(long seed) {
    random = new Random(seed);
  }

  /** Returns the corpus of a seed; the same for the same seed. */
  public static List<Case> generate(long seed) {
    CommandCorpus corpus = new CommandCorpus(seed);
    int number = 0;
    for (Shape shape : corpus.shapes) {
      corpus.addFields(shape);
      corpus.addEnvelope(shape, number++);
    }
    corpus.addNoObjects();
    corpus.addUnknownTypes();
    corpus.addCases("agent.register.v1", CardCases::all);
    corpus.addCases("agents.bulk.v1 by id", BulkCases::all);
    corpus.addCases("workflow.create.v1", WorkflowCases::all);
    corpus.addBothObjectsFull();
    corpus.addRandom();
    return List.copyOf(corpus.cases);
  }

  private void addFields(Shape shape) {
    add(shape, "accepted: full", shape.full());
    ObjectNode least = shape.full().deepCopy();
    shape.full().propertyNames().stream()
        .filter(name -> !shape.required().contains("/" + name))
        .forEach(least::remove);
    shape.fields().keySet().stream()
        .filter(pointer -> !shape.required().contains(pointer))
        .forEach(pointer -> remove(least, pointer));
    add(shape, "accepted: least", least);
    shape
        .fields()
        .forEach(
            (pointer, rule) -> {
              rule.accepted().forEach(sample -> addWith(shape, "accepted", pointer, sample));
              rule.refused().forEach(sample -> addWith(shape, "refused", pointer, sample));
              addWithout(shape, pointer);
            });
    for (String pointer : shape.closed()) {
      for (String name : List.of("unknown", "Type", "agentId", "", "id", Rule.EMOJI)) {
        addWith(shape, "refused", pointer + "/" + name, Rule.string("unknown field", "aaa"));
      }
      addWith(shape, "refused", pointer + "/unknown", Rule.raw("unknown null", "null"));
      addWith(shape, "refused", pointer + "/unknown", Rule.raw("unknown object", "{}"));
    }
  }

  /** Everything for two of the types, and for the others a part each that differs. */
  private void addEnvelope(Shape shape, int number) {
    boolean all = shape.fields().size() == 1 && shape.type().matches(".*(heartbeat|assign).*");
    Shape.ENVELOPE_REQUIRED.forEach(pointer -> addWithout(shape, pointer));
    Shape.ENVELOPE_REQUIRED.forEach(
        pointer -> addWith(shape, "refused", pointer, Rule.raw("null", "null")));
    for (String pointer : List.of("/time", "/actor", "/datacontenttype", "/dataschema")) {
      addWithout(shape, pointer);
    }
    int index = 0;
    for (Map.Entry<String, Rule> entry : Shape.ENVELOPE.entrySet()) {
      for (Sample sample : entry.getValue().accepted()) {
        if (all || index++ % 6 == number % 6) {
          addWith(shape, "accepted", entry.getKey(), sample);
        }
      }
      for (Sample sample : entry.getValue().refused()) {
        if (all || index++ % 6 == number % 6) {
          addWith(shape, "refused", entry.getKey(), sample);
        }
      }
    }
    for (Sample extension : ExtensionCases.accepted()) {
      if (all || index++ % 3 == number % 3) {
        addExtension(shape, "accepted", extension);
      }
    }
    for (Sample extension : ExtensionCases.refused()) {
      if (all || index++ % 3 == number % 3) {
        addExtension(shape, "refused", extension);
      }
    }
  }

  private void addExtension(Shape shape, String verdict, Sample extension) {
    ObjectNode message = shape.full().deepCopy();
    message.setAll((ObjectNode) extension.value());
    add(shape, verdict + ": extension " + extension.label(), message);
  }

  private void addNoObjects() {
    JsonNode valid = shapes.getFirst().full();
    ObjectNode inData = COMPACT.createObjectNode().set("data", valid);
    ArrayNode batch = COMPACT.createArrayNode().add(valid);
    for (JsonNode message : List.of(batch, COMPACT.createArrayNode(), inData)) {
      add("refused: " + message.getNodeType() + " of " + message.size(), Shape.topic(""), message);
    }
    for (String json : List.of("null", "true", "5", "\"text\"", "{}", "{\"type\":\"a\"}")) {
      add("refused: " + json, Shape.topic(""), COMPACT.readTree(json));
    }
  }

  private void addUnknownTypes() {
    for (Shape shape : shapes) {
      String type = shape.type();
      for (String other :
          List.of(
              type.replace("v1", "v2"),
              type.replace(".v1", ""),
              type.toUpperCase(Locale.ROOT),
              type + " ",
              type + "\0",
              "io.agentorchestrator." + type,
              "",
              type.replace('.', '_'))) {
        addWith(shape, "refused", "/type", Rule.string("'" + other + "'", other));
      }
      Rule.othersThan("string").forEach(sample -> addWith(shape, "refused", "/type", sample));
    }
  }

  /** What only commands of this name have, each made from the one with every field. */
  private void addCases(String name, Function<ObjectNode, Map<String, JsonNode>> all) {
    Shape shape =
        shapes.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    all.apply(shape.full()).forEach((each, message) -> add(each, shape.topic(), message));
  }

  /** Two objects at their limit in one command: more than either bound alone, and still valid. */
  private void addBothObjectsFull() {
    for (Shape shape : shapes) {
      if (shape.type().equals("task.create.v1")) {
        ObjectNode message = shape.full().deepCopy();
        String text = "z".repeat(262_144 - "{\"a\":\"\"}".length());
        Rule.put(message, "/data/input", COMPACT.createObjectNode().put("a", text));
        Rule.put(message, "/data/metadata", COMPACT.createObjectNode().put("a", text));
        add(shape, "accepted: input and metadata at their limit", message);
      }
    }
  }

  private void addRandom() {
    for (int i = 0; i < RANDOM_VALID; i++) {
      Shape shape = shapes.get(i % shapes.size());
      add(shape, "accepted: random " + i, randomValid(shape));
    }
    Mutator mutator = new Mutator(random, shapes.stream().map(Shape::type).toList());
    for (int i = 0; i < RANDOM_MUTANTS; i++) {
      Shape shape = shapes.get(i % shapes.size());
      // Parsed again, so that what was to be written in a certain way is an ordinary value.
      ObjectNode message =
          (ObjectNode) COMPACT.readTree(COMPACT.writeValueAsString(randomValid(shape)));
      String what = mutator.mutate(message);
      String type = message.path("type").stringValue("");
      String topic =
          type.matches("(agents?|task|workflow)\\..*") ? Shape.topic(type) : shape.topic();
      add("random " + i + ": " + shape.name() + what, topic, message);
    }
  }

  private ObjectNode randomValid(Shape shape) {
    ObjectNode message = shape.full().deepCopy();
    Shape.ENVELOPE.forEach((pointer, rule) -> vary(shape, message, pointer, rule));
    shape.fields().forEach((pointer, rule) -> vary(shape, message, pointer, rule));
    return message;
  }

  private void vary(Shape shape, ObjectNode message, String pointer, Rule rule) {
    List<Sample> small = smallOnes.computeIfAbsent(rule, CommandCorpus::small);
    int choice = random.nextInt(4);
    if (choice == 0 && !shape.required().contains(pointer)) {
      remove(message, pointer);
    } else if (choice > 1 && !small.isEmpty()) {
      Rule.put(message, pointer, small.get(random.nextInt(small.size())).value());
    }
  }

  private static List<Sample> small(Rule rule) {
    return rule.accepted().stream().filter(s -> s.value().toString().length() < SMALL).toList();
  }

  private void addWith(Shape shape, String verdict, String pointer, Sample sample) {
    ObjectNode message = shape.full().deepCopy();
    Rule.put(message, pointer, sample.value());
    add(shape, verdict + ": " + pointer + " " + sample.label(), message);
  }

  private void addWithout(Shape shape, String pointer) {
    ObjectNode message = shape.full().deepCopy();
    remove(message, pointer);
    String verdict = shape.required().contains(pointer) ? "refused" : "accepted";
    add(shape, verdict + ": " + pointer + " absent", message);
  }

  private static void remove(ObjectNode message, String pointer) {
    JsonPointer path = JsonPointer.compile(pointer);
    ((ObjectNode) message.at(path.head())).remove(path.last().getMatchingProperty());
  }

  private void add(Shape shape, String name, JsonNode message) {
    int colon = name.indexOf(':');
    add(
        name.substring(0, colon) + ": " + shape.name() + name.substring(colon + 1),
        shape.topic(),
        message);
  }

  private void add(String name, String topic, JsonNode message) {
    byte[] value = write(message);
    if (value.length > MAX_BYTES) {
      throw new IllegalStateException(name + " has " + value.length + " bytes");
    }
    if (names.add(name)) {
      cases.add(new Case(topic, name, value));
    }
  }

  /** Writes in one of three ways; what UTF-8 cannot carry, with escapes. */
  private byte[] write(JsonNode message) {
    JsonMapper mapper = List.of(COMPACT, ESCAPED, PRETTY).get(random.nextInt(3));
    String json = mapper.writeValueAsString(message);
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(json)) {
      json = ESCAPED.writeValueAsString(message);
    }
    return json.getBytes(StandardCharsets.UTF_8);
  }
}
