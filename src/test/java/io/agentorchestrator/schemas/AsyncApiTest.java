package io.agentorchestrator.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

class AsyncApiTest {

  private static final Path FILE = Schemas.FOLDER.resolve("asyncapi.yaml");
  private static final JsonNode API = new YAMLMapper().readTree(FILE);

  @Test
  void describesTheTopicsOfTheContract() {
    assertThat(API.path("asyncapi").stringValue()).isEqualTo("3.0.0");
    assertThat(API.path("channels").findValuesAsString("address"))
        .containsExactlyInAnyOrder(
            "orchestrator.commands.agents",
            "orchestrator.commands.tasks",
            "orchestrator.commands.workflows",
            "orchestrator.log",
            "orchestrator.assignments",
            "orchestrator.commands.dead-letter");
    for (JsonNode channel : API.path("channels")) {
      assertThat(channel.at("/bindings/kafka/topic")).isEqualTo(channel.path("address"));
    }
  }

  @Test
  void refersOnlyToWhatIsThere() {
    for (String reference : references(API)) {
      if (reference.startsWith("#")) {
        assertThat(API.at(reference.substring(1)).isMissingNode()).as(reference).isFalse();
      } else {
        assertThat(Schemas.FOLDER.resolve(reference)).isRegularFile();
      }
    }
  }

  @Test
  void refersToEverySchemaItselfOrThroughAnother() {
    Set<Path> reached = new TreeSet<>();
    follow(FILE, API, reached);

    assertThat(reached)
        .containsExactlyElementsOf(
            SchemasTest.files(Schemas.FOLDER)
                .filter(file -> !file.startsWith(Schemas.FOLDER.resolve("examples")))
                .sorted()
                .toList());
  }

  @Test
  void offersEveryMessageInAChannelUnderItsType() {
    Set<String> offered = new TreeSet<>();
    for (JsonNode channel : API.path("channels")) {
      offered.addAll(references(channel.path("messages")));
    }

    Schemas schemas = Schemas.load();
    List<String> types = new ArrayList<>(List.of("dead-letter"));
    types.addAll(schemas.commandTypes());
    types.addAll(schemas.eventTypes());
    assertThat(offered)
        .extracting(reference -> API.at(reference.substring(1)).path("name").stringValue())
        .containsExactlyInAnyOrderElementsOf(types);
    for (JsonNode message : API.at("/components/messages")) {
      String schema = message.at("/payload/schema/$ref").asString("/dead-letter.json");
      assertThat(schema).endsWith("/" + message.path("name").stringValue() + ".json");
    }
  }

  @Test
  void hasAnOperationOnEveryChannelThatHasMessages() {
    Set<String> used = new TreeSet<>();
    for (JsonNode operation : API.path("operations")) {
      String channel = operation.at("/channel/$ref").stringValue();
      used.add(channel);
      assertThat(references(operation.path("messages")))
          .isNotEmpty()
          .allMatch(message -> message.startsWith(channel + "/messages/"));
    }

    assertThat(used)
        .containsExactlyInAnyOrder(
            "#/channels/agentCommands",
            "#/channels/taskCommands",
            "#/channels/workflowCommands",
            "#/channels/log",
            "#/channels/assignments",
            "#/channels/deadLetters");
  }

  private static void follow(Path from, JsonNode document, Set<Path> reached) {
    for (String reference : references(document)) {
      String path = reference.replaceFirst("#.*", "");
      Path file = from.resolveSibling(path).normalize();
      if (!path.isEmpty() && reached.add(file)) {
        assertThat(Files.exists(file)).as("%s in %s", reference, from).isTrue();
        follow(file, Schemas.JSON.readTree(file), reached);
      }
    }
  }

  private static List<String> references(JsonNode node) {
    return node.findValuesAsString("$ref");
  }
}
