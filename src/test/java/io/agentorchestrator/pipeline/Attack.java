package io.agentorchestrator.pipeline;

import io.agentorchestrator.local.Site;
import io.agentorchestrator.schemas.CommandCorpus;
import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Messages as somebody sends them who wants to do harm: right ones, right ones spoilt in their
 * bytes or in their fields, noise, what is deep or huge, headers that lie, and in every text what
 * would break out of a log line, a statement, a path or a terminal. The same for the same seed.
 */
final class Attack {

  /** In all texts that an attacker chooses: what holds it holds what was sent. */
  static final String MARK = "mark-of-the-attack";

  /** A line as the worker's log has them. */
  static final String FORGED = "2026-11-23T09:00:00.000Z ERROR " + MARK;

  private static final int MOST_BYTES = 1_100_000;
  private static final int SMALL = 4_000;

  private static final List<String> TOPICS =
      List.of(
          "orchestrator.commands.agents",
          "orchestrator.commands.tasks",
          "orchestrator.commands.workflows");

  private static final List<String> TEXTS =
      List.of(
          MARK,
          MARK + "\r\n" + FORGED,
          MARK + "\n\tat io.agentorchestrator.Nothing.happened(Nothing.java:1)\n" + FORGED,
          MARK + "\u0085" + FORGED + "\u2028" + FORGED,
          MARK + "\u001B[2J\u001B]0;" + MARK + "\u0007\b\b\b",
          MARK + "'; DROP TABLE orchestration_log; --",
          MARK + "\\'; SELECT pg_sleep(60); --",
          MARK + "$.** ? (@ like_regex \"(a+)+$\")",
          MARK + "{\"$ref\":\"file:///etc/passwd\"}",
          MARK + "../../../../etc/passwd",
          MARK + "%00/..%2f..%5c",
          MARK + "${jndi:ldap://127.0.0.1:1/a}${env:HOME}#{T(java.lang.Runtime)}",
          MARK + "%s%n%x{}{}{0}%%",
          MARK + "<script>alert(1)</script>",
          MARK + "\u202E\u200B\uFEFF\u0301\u0301\u0301",
          MARK + "\uD83D\uDE00\uD83C\uDFFF\u200D\uD83D\uDC69",
          MARK + "\0",
          MARK + "\uD800",
          "\uFDFA".repeat(255),
          "");

  private static final List<String> NAMES =
      List.of(
          "__proto__",
          "constructor",
          "$where",
          "a.b",
          "a[0]",
          "",
          " ",
          "\r\nX: y",
          "é",
          "\uD83D\uDE00",
          "specversion",
          "ID",
          "data_base64");

  private final Random random;
  private final Site site;
  private final List<CommandCorpus.Case> small;
  private final List<CommandCorpus.Case> right;
  private final List<CommandCorpus.Case> large;

  Attack(long seed, Site site) {
    this.random = new Random(seed);
    this.site = site;
    List<CommandCorpus.Case> all = CommandCorpus.generate(seed);
    small = all.stream().filter(each -> each.value().length <= SMALL).toList();
    right = small.stream().filter(each -> each.name().startsWith("accepted")).toList();
    large = all.stream().filter(each -> each.value().length > SMALL).limit(20).toList();
  }

  ProducerRecord<byte[], byte[]> next() {
    return switch (random.nextInt(100)) {
      case 0 -> structured(pick(large));
      case 1 -> deep();
      case 2 -> huge();
      case 3, 4, 5, 6, 7 -> noise();
      case 8, 9 -> nothing();
      case 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24 -> binary();
      case 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44 ->
          spoilt();
      case 45, 46, 47, 48, 49, 50, 51, 52, 53, 54 -> structured(pick(small));
      default -> hostile();
    };
  }

  private ProducerRecord<byte[], byte[]> structured(CommandCorpus.Case command) {
    return record(site.topic(command.topic()), key(), command.value());
  }

  /** A right command with a new id, some of whose texts an attacker chose. */
  private ProducerRecord<byte[], byte[]> hostile() {
    CommandCorpus.Case command = pick(right);
    JsonNode message = Schemas.parse(command.value());
    if (message instanceof ObjectNode object) {
      object.put("id", MARK + UUID.randomUUID());
      for (int changes = random.nextInt(3); changes > 0; changes--) {
        poison(object);
      }
      if (object.path("subject").isString() && random.nextInt(3) > 0) {
        object.put("subject", new UUID(random.nextLong(), random.nextInt(50)).toString());
      }
    }
    return record(site.topic(command.topic()), key(), json(message));
  }

  private void poison(ObjectNode object) {
    List<String> names = List.copyOf(object.propertyNames());
    if (names.isEmpty()) {
      return;
    }
    String name = pick(names);
    JsonNode value = object.get(name);
    if (value instanceof ObjectNode inner && random.nextInt(5) > 0) {
      poison(inner);
    } else if (random.nextInt(8) == 0) {
      object.set(pick(NAMES), value);
    } else if (value.isArray() && random.nextInt(3) > 0) {
      object.set(name, JsonNodeFactory.instance.arrayNode().add(pick(TEXTS)).add(pick(TEXTS)));
    } else {
      object.put(name, pick(TEXTS));
    }
  }

  /** Lone surrogates have no UTF-8; as escapes they get through. */
  private static byte[] json(JsonNode message) {
    StringBuilder ascii = new StringBuilder();
    for (char each : Schemas.JSON.writeValueAsString(message).toCharArray()) {
      ascii.append(Character.isSurrogate(each) ? "\\u%04x".formatted((int) each) : each);
    }
    return ascii.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** A right command, some of whose bytes were changed, left out, doubled or cut off. */
  private ProducerRecord<byte[], byte[]> spoilt() {
    CommandCorpus.Case command = pick(small);
    byte[] value = command.value().clone();
    for (int changes = 1 + random.nextInt(4); changes > 0 && value.length > 1; changes--) {
      int at = random.nextInt(value.length);
      switch (random.nextInt(4)) {
        case 0 -> value[at] = (byte) random.nextInt(256);
        case 1 -> value[at] = (byte) (value[at] ^ (1 << random.nextInt(8)));
        case 2 -> value = Arrays.copyOf(value, at);
        default -> {
          int length = Math.min(value.length - at, 1 + random.nextInt(40));
          byte[] doubled = Arrays.copyOf(value, value.length + length);
          System.arraycopy(value, at, doubled, at + length, value.length - at);
          value = doubled;
        }
      }
    }
    return record(site.topic(command.topic()), key(), value);
  }

  private ProducerRecord<byte[], byte[]> noise() {
    byte[] value = new byte[random.nextInt(2000)];
    random.nextBytes(value);
    return record(topic(), key(), value);
  }

  private ProducerRecord<byte[], byte[]> nothing() {
    return record(topic(), key(), random.nextBoolean() ? null : new byte[random.nextInt(2)]);
  }

  /** Nested, up to where a reader that recurses has no stack left. */
  private ProducerRecord<byte[], byte[]> deep() {
    int depth = 8 << random.nextInt(15);
    String nested =
        random.nextBoolean()
            ? "[".repeat(depth) + (random.nextBoolean() ? "]".repeat(depth) : "")
            : "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
    return record(topic(), key(), envelope("\"data\":{\"input\":%s}".formatted(nested)));
  }

  private ProducerRecord<byte[], byte[]> huge() {
    int size = 1 << random.nextInt(21);
    return record(
        topic(),
        key(),
        switch (random.nextInt(5)) {
          case 0 ->
              envelope("\"data\":{\"description\":\"%s\"}".formatted("\u00E9".repeat(size / 2)));
          case 1 -> envelope("\"data\":{\"priority\":%s}".formatted("9".repeat(size)));
          case 2 -> envelope("\"data\":{\"priority\":1e%s}".formatted("9".repeat(size / 8 + 1)));
          case 3 -> envelope("\"data\":{%s\"b\":0}".formatted("\"a\":0,".repeat(size / 6)));
          default -> envelope("\"data\":{\"tags\":[%s0]}".formatted("0,".repeat(size / 2)));
        });
  }

  private byte[] envelope(String data) {
    byte[] value =
        """
        {"specversion":"1.0","id":"%s","source":"/%s","type":"task.create.v1","subject":"%s",%s}"""
            .formatted(UUID.randomUUID(), MARK, UUID.randomUUID(), data)
            .getBytes(StandardCharsets.UTF_8);
    return value.length > MOST_BYTES ? Arrays.copyOf(value, MOST_BYTES) : value;
  }

  /** A command in binary mode, or what pretends to be one. */
  private ProducerRecord<byte[], byte[]> binary() {
    CommandCorpus.Case command = pick(right);
    JsonNode message = Schemas.parse(command.value());
    ProducerRecord<byte[], byte[]> record =
        record(site.topic(command.topic()), key(), json(message.path("data")));
    Headers headers = record.headers();
    message.forEachEntry(
        (name, value) -> {
          // What has no UTF-8 Kafka's client counts and writes differently, and the broker refuses.
          boolean sendable = StandardCharsets.UTF_8.newEncoder().canEncode(name);
          if (sendable && !name.equals("data") && random.nextInt(40) > 0) {
            String text = value.asString(MARK);
            headers.add(
                "ce_" + name,
                (random.nextInt(16) == 0 ? pick(TEXTS) : text).getBytes(StandardCharsets.UTF_8));
          }
        });
    if (random.nextInt(3) > 0) {
      headers
          .remove("ce_id")
          .add("ce_id", (MARK + UUID.randomUUID()).getBytes(StandardCharsets.UTF_8));
    }
    headers.add("content-type", "application/json".getBytes(StandardCharsets.UTF_8));
    for (int more = random.nextInt(3); more > 0; more--) {
      abuse(headers);
    }
    return record;
  }

  private void abuse(Headers headers) {
    byte[] text = pick(TEXTS).getBytes(StandardCharsets.UTF_8);
    byte[] noise = new byte[random.nextInt(100)];
    random.nextBytes(noise);
    switch (random.nextInt(9)) {
      case 0 -> headers.add("ce_" + pick(NAMES), text);
      case 1 -> headers.add("ce_source", noise);
      case 2 -> headers.add("ce_id", null);
      case 3 -> headers.add("content-type", text);
      case 4 -> headers.add("", text);
      case 5 -> {
        for (int i = 0; i < 200; i++) {
          headers.add("ce_x" + i, text);
        }
      }
      case 6 ->
          headers
              .add("redrive_topic", text)
              .add("redrive_partition", noise)
              .add("redrive_offset", "-1".getBytes(StandardCharsets.UTF_8))
              .add("redrive_actor", text);
      case 7 -> headers.add("dlt_reason", text).add("dlt_topic", noise);
      default -> headers.add("ce_traceparent", new byte[1 << random.nextInt(16)]);
    }
  }

  private ProducerRecord<byte[], byte[]> record(
      String topic, byte @Nullable [] key, byte @Nullable [] value) {
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, key, value);
    if (random.nextInt(15) == 0) {
      abuse(record.headers());
    }
    return record;
  }

  private byte @Nullable [] key() {
    return switch (random.nextInt(20)) {
      case 0 -> null;
      case 1 -> new byte[0];
      case 2 -> new byte[1 << random.nextInt(15)];
      case 3 -> pick(TEXTS).getBytes(StandardCharsets.UTF_8);
      default -> ("key-" + random.nextInt(1000)).getBytes(StandardCharsets.UTF_8);
    };
  }

  private String topic() {
    return site.topic(pick(TOPICS));
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
