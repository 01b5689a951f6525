package io.agentorchestrator.schemas;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The JSON Schemas in {@code schemas/}, ready to judge a message, our own keywords included.
 *
 * <p>Messages must be parsed with {@link #parse}: a number that went through a double has lost the
 * digits that are judged here.
 */
public final class Schemas {

  /** Keeps every number as it was written, and has no limits of its own besides nesting. */
  public static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNameLength(Integer.MAX_VALUE)
                          .maxNumberLength(Integer.MAX_VALUE)
                          .build())
                  .build())
          .enable(
              DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS,
              DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  static final Path FOLDER = Path.of("schemas");
  static final String PREFIX = "https://agentorchestrator.io/schemas/";

  private final SortedMap<String, Schema> commands = new TreeMap<>();
  private final SortedMap<String, Schema> events = new TreeMap<>();

  private Schemas() {
    SchemaRegistry registry = registry();
    types("commands").forEach(type -> commands.put(type, compile(registry, "commands", type)));
    types("events").forEach(type -> events.put(type, compile(registry, "events", type)));
  }

  /** Reads all schemas, and fails if one of them is broken or refers to what is not there. */
  public static Schemas load() {
    return new Schemas();
  }

  /** Returns the known command types, such as {@code task.assign.v1}, sorted. */
  public List<String> commandTypes() {
    return List.copyOf(commands.keySet());
  }

  /** Returns the known event types, such as {@code task.assigned.v1}, sorted. */
  public List<String> eventTypes() {
    return List.copyOf(events.keySet());
  }

  /**
   * Reads a message as it came from Kafka.
   *
   * <p>By way of a string, since from bytes Jackson refuses unpaired surrogates in keys, where they
   * are to be found by the schema.
   *
   * @throws JacksonException if it is not JSON
   * @throws IllegalArgumentException if it is not UTF-8
   */
  public static JsonNode parse(byte[] message) {
    try {
      return JSON.readTree(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(message)).toString());
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /**
   * Holds a message against the schema of a type.
   *
   * @param type a known command or event type
   * @param message the whole message in structured mode, from {@link #parse}
   * @return what is wrong and where, empty if nothing is
   */
  public List<String> violations(String type, JsonNode message) {
    Schema schema = commands.getOrDefault(type, events.get(type));
    if (schema == null) {
      throw new IllegalArgumentException("No schema for " + type);
    }
    return schema.validate(message).stream().map(Object::toString).toList();
  }

  /**
   * Tells whether a message is a valid command of the type that it names. One of no or an unknown
   * type is not.
   *
   * @param message the whole message in structured mode, from {@link #parse}
   */
  public boolean accepts(JsonNode message) {
    @Nullable String type = message.path("type").stringValue(null);
    return type != null && commands.containsKey(type) && violations(type, message).isEmpty();
  }

  static SchemaRegistry registry() {
    Dialect standard = Dialects.getDraft202012();
    Dialect dialect = Dialect.builder(standard).keywords(Limit.ALL).build();
    return SchemaRegistry.withDialect(
        dialect,
        builder ->
            builder
                .schemaRegistryConfig(
                    SchemaRegistryConfig.builder().formatAssertionsEnabled(false).build())
                .nodeReader(reader -> reader.jsonMapper(JSON))
                .resourceLoaders(
                    loaders ->
                        loaders.resources(
                            iri ->
                                iri.startsWith(PREFIX)
                                    ? read(iri.substring(PREFIX.length()))
                                    : null)));
  }

  private static Schema compile(SchemaRegistry registry, String folder, String type) {
    Schema schema = registry.getSchema(SchemaLocation.of(PREFIX + folder + "/" + type + ".json"));
    schema.initializeValidators();
    return schema;
  }

  private static List<String> types(String folder) {
    try (Stream<Path> files = Files.list(FOLDER.resolve(folder))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(".+\\.v\\d+\\.json"))
          .map(name -> name.substring(0, name.length() - ".json".length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(String path) {
    try {
      return Files.readString(FOLDER.resolve(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
