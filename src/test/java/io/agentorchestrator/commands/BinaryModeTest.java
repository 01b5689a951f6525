package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.commands.Decoded.Valid;
import io.agentorchestrator.schemas.CommandCorpus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A command is the same one, whichever mode it comes in. */
class BinaryModeTest {

  private static final long SEED = 20_261_123;

  private final CommandDecoder decoder = new CommandDecoder(Records.topics());

  @Test
  void decodesToTheSameAsInStructuredMode() {
    List<String> disagreements = new ArrayList<>();
    int valid = 0;
    int unreadable = 0;
    for (CommandCorpus.Case each : CommandCorpus.generate(SEED)) {
      ConsumerRecord<byte[], byte[]> binary = binary(each);
      if (binary == null) {
        continue;
      }
      Decoded structured = decoder.decode(Records.structured(each.topic(), each.value()));
      Decoded decoded = decoder.decode(binary);
      boolean agree =
          (structured instanceof Unreadable one && decoded instanceof Unreadable other)
              ? one.reason() == other.reason()
              : structured.equals(decoded);
      if (!agree) {
        disagreements.add("%s: %s but %s".formatted(each.name(), structured, decoded));
      }
      if (structured instanceof Valid) {
        valid++;
      } else {
        unreadable++;
      }
    }

    assertThat(disagreements).isEmpty();
    assertThat(valid).isGreaterThan(1_000);
    assertThat(unreadable).isGreaterThan(1_000);
  }

  private static boolean isText(Map.Entry<String, JsonNode> attribute) {
    return attribute.getValue().isString()
        || (attribute.getValue().isNull() && attribute.getKey().matches("[a-z0-9]+"));
  }

  /** Null where the case cannot be written in binary mode. */
  private static @Nullable ConsumerRecord<byte[], byte[]> binary(CommandCorpus.Case message) {
    JsonNode json;
    try {
      json = StrictJson.parse(new String(message.value(), StandardCharsets.UTF_8), "");
    } catch (UnreadableException e) {
      return null;
    }
    if (!(json instanceof ObjectNode event) || !event.path("specversion").isString()) {
      return null;
    }
    JsonNode data = event.remove("data");
    Map<String, String> headers = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> attribute : event.properties()) {
      JsonNode value = attribute.getValue();
      if (!isText(attribute)) {
        return null;
      }
      if (value.isString()) {
        String name = attribute.getKey();
        headers.put(
            name.equals("datacontenttype") ? "content-type" : "ce_" + name, value.stringValue());
      }
    }
    boolean structured =
        headers
            .getOrDefault("content-type", "")
            .toLowerCase(Locale.ROOT)
            .startsWith("application/cloudevents+json");
    return data == null || structured
        ? null
        : Records.record(
            message.topic(), data.toString().getBytes(StandardCharsets.UTF_8), headers);
  }
}
