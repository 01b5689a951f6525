package io.agentorchestrator.schemas;

import io.agentorchestrator.schemas.Rule.Sample;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Registrations with an A2A AgentCard: what it may supply, and what of it is judged.
 *
 * <p>Where it supplies the capabilities they stay within 50 different ones, since the contract does
 * not say what becomes of more.
 */
final class CardCases {

  private static final String CARD =
      """
      {"name":"Invoice reader","description":"Reads.","version":"1.0","url":"https://a.example/0",
       "supportedInterfaces":[{"url":"https://a.example/1","protocolBinding":"JSONRPC"},
                              {"url":"https://a.example/2","protocolBinding":"GRPC"}],
       "capabilities":{"streaming":true,"extensions":null},"provider":null,
       "skills":[{"id":"ocr","name":"OCR","description":"","tags":["scan","pdf"],"examples":null},
                 {"id":"sums"}]}""";

  private final ObjectNode full;
  private final Map<String, JsonNode> messages = new LinkedHashMap<>();

  private CardCases(ObjectNode full) {
    this.full = full;
  }

  /** Returns the messages by name, made from a registration with every field. */
  static Map<String, JsonNode> all(ObjectNode full) {
    CardCases cases = new CardCases(full);
    cases.addWhatMayBeAbsent();
    cases.addFields();
    cases.addLists();
    return cases.messages;
  }

  private void addWhatMayBeAbsent() {
    add("accepted", "supplies all", CARD, "name", "endpoint", "version", "capabilities");
    add("accepted", "supplies the name", CARD, "name");
    add("accepted", "supplies the endpoint", CARD, "endpoint");
    add("accepted", "interfaces alone", without("url"), "name", "endpoint");
    add("accepted", "url alone", without("supportedInterfaces"), "name", "endpoint");
    add("accepted", "no version", without("version"), "version");
    add("accepted", "no skills", without("skills"), "capabilities");
    add("accepted", "empty beside name and endpoint", "{}");
    add("refused", "no name", without("name"), "name");
    add("refused", "null for the name", with("name", "null"), "name");
    add("refused", "empty in place of all", "{}", "name", "endpoint");
    add("refused", "empty in place of the name", "{}", "name");
    add("refused", "empty in place of the endpoint", "{}", "endpoint");
    add("refused", "does not supply the type", CARD, "type");
    ObjectNode neither = Schemas.JSON.createObjectNode().put("name", "Invoice reader");
    add("refused", "neither interfaces nor url", neither.toString(), "endpoint");
    String empty = with("supportedInterfaces", "[]");
    add("refused", "no interface, but a url", empty, "endpoint");
    add("refused", "interface without url", with("supportedInterfaces", "[{}]"), "endpoint");
    String second = with("supportedInterfaces", "[{\"url\":\"http://a\"},{\"tenant\":\"a\"}]");
    add("refused", "second interface without url", second, "endpoint");
    for (List<String> absent :
        List.of(
            List.of("name", "card"),
            List.of("endpoint", "card"),
            List.of("name", "endpoint", "card"))) {
      ObjectNode message = full.deepCopy();
      message.withObject("/data").remove(absent);
      messages.put("refused: agent.register.v1 without " + String.join(", ", absent), message);
    }
    ObjectNode text = full.deepCopy();
    text.withObject("/data").remove(List.of("name", "endpoint"));
    text.withObject("/data").put("card", CARD);
    messages.put("refused: card as text", text);
  }

  private void addFields() {
    add("/name", Rule.text(3, 255));
    add("/version", Rule.text(1, 100));
    add("/url", Rule.url());
    add("/supportedInterfaces/0/url", Rule.url());
    add("/supportedInterfaces/1/url", Rule.url());
    add("/skills/0/id", Rule.text(2, 100));
    add("/skills/0/tags/1", Rule.text(2, 100));
    add("/skills/0/tags", new Rule(List.of(), Rule.othersThan("array")));
    add("/skills/0", new Rule(List.of(), Rule.othersThan("object")));
    add("/skills", new Rule(List.of(), Rule.othersThan("array")));
    add("/supportedInterfaces/0", new Rule(List.of(), Rule.othersThan("object")));
    add("/supportedInterfaces", new Rule(List.of(), Rule.othersThan("array")));
    // What is not used is not judged, save for what holds everywhere.
    add("/description", new Rule(Rule.othersThan("none"), Rule.text(0, 5).refused().subList(0, 7)));
    add("/provider", new Rule(Rule.object().accepted().subList(0, 3), List.of()));
    add("/capabilities", new Rule(Rule.othersThan("none"), List.of()));
    add("/skills/0/name", new Rule(Rule.othersThan("none"), List.of()));
    add("/skills/0/unknown", new Rule(Rule.othersThan("none"), List.of()));
    add("/supportedInterfaces/0/protocolBinding", new Rule(Rule.othersThan("none"), List.of()));
    add("/max_concurrent_tasks", new Rule(Rule.othersThan("none"), List.of()));
  }

  private void addLists() {
    IntFunction<JsonNode> skill = i -> Schemas.JSON.createObjectNode().set("id", Rule.label(i));
    IntFunction<JsonNode> iface = i -> Schemas.JSON.createObjectNode().put("url", "http://a/" + i);
    add("/skills", list(50, skill), list(51, skill));
    add("/supportedInterfaces", list(50, iface), list(51, iface));
    add("/skills", Rule.array("the same skill twice", 2, i -> skill.apply(1)), noId());
    // Beside capabilities of its own, so that the tags add none.
    ObjectNode message = full.deepCopy();
    Rule.put(message, "/data/card", Schemas.JSON.readTree(CARD));
    Rule.put(message, "/data/card/skills/0/tags", list(50, Rule::label).value());
    messages.put("accepted: card with 50 tags", message.deepCopy());
    Rule.put(message, "/data/card/skills/0/tags", list(51, Rule::label).value());
    messages.put("refused: card with 51 tags", message.deepCopy());
    Rule.put(message, "/data/card/skills/0/tags", Rule.array("", 3, i -> Rule.label(1)).value());
    messages.put("accepted: card with repeated tags", message);
  }

  private static Sample noId() {
    return new Sample("a skill without id", Schemas.JSON.readTree("[{\"tags\":[\"scan\"]}]"));
  }

  private static Sample list(int size, IntFunction<JsonNode> item) {
    return Rule.array("of " + size, size, item);
  }

  private void add(String pointer, Sample accepted, Sample refused) {
    add(pointer, new Rule(List.of(accepted), List.of(refused)));
  }

  /** Varies a field of the card, in a registration that needs the card for everything. */
  private void add(String pointer, Rule rule) {
    ObjectNode message = full.deepCopy();
    message.withObject("/data").remove(List.of("name", "endpoint", "version", "capabilities"));
    Rule.put(message, "/data/card", Schemas.JSON.readTree(CARD));
    Rule whole = rule.within(message, "/data/card" + pointer);
    whole.accepted().forEach(s -> messages.put("accepted: card " + s.label(), s.value()));
    whole.refused().forEach(s -> messages.put("refused: card " + s.label(), s.value()));
  }

  private void add(String verdict, String name, String card, String... absent) {
    ObjectNode message = full.deepCopy();
    message.withObject("/data").remove(List.of(absent));
    Rule.put(message, "/data/card", Schemas.JSON.readTree(card));
    messages.put(verdict + ": card " + name, message);
  }

  private static String without(String field) {
    ObjectNode card = (ObjectNode) Schemas.JSON.readTree(CARD);
    card.remove(field);
    return card.toString();
  }

  private static String with(String field, String value) {
    ObjectNode card = (ObjectNode) Schemas.JSON.readTree(CARD);
    card.set(field, Schemas.JSON.readTree(value));
    return card.toString();
  }
}
