package io.agentorchestrator.commands;

import io.agentorchestrator.messages.Command.RegisterAgent;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code agent.register}: what the agent says of itself, or what its A2A AgentCard says where
 * it does not (1.0 with {@code supportedInterfaces}, 0.3 with {@code url}). Of the card only what
 * is used is checked; the card itself is not kept.
 */
final class AgentRegistration {

  private static final int MAX_NAME = 255;
  private static final int MAX_VERSION = 100;
  private static final int MAX_ENDPOINT = 500;
  private static final int MAX_CAPABILITIES = 50;
  private static final Pattern ENDPOINT =
      Pattern.compile("[Hh][Tt][Tt][Pp][Ss]?://[^\\s/?#]+([/?#]\\S*)?");

  /** What a card tells; null where it does not. */
  private record Card(
      @Nullable String name,
      @Nullable String version,
      @Nullable String endpoint,
      List<String> capabilities) {

    static final Card NONE = new Card(null, null, null, List.of());
  }

  private AgentRegistration() {}

  static RegisterAgent read(DataReader data) throws UnreadableException {
    String type = data.text("type", 1, 255);
    String name = data.optionalText("name", 3, MAX_NAME);
    String endpoint = endpoint(data, "endpoint");
    String version = data.optionalText("version", 1, MAX_VERSION);
    List<String> capabilities = CommandData.capabilities(data, "capabilities");
    Card card = card(data);
    return new RegisterAgent(
        type,
        data.required("name", name == null ? card.name() : name),
        data.required("endpoint", endpoint == null ? card.endpoint() : endpoint),
        version == null ? card.version() : version,
        data.has("capabilities") ? capabilities : capabilities(data, card),
        data.integer("max_concurrent_tasks", 1, 100, 1),
        leaseSeconds(data),
        data.json("metadata"));
  }

  private static List<String> capabilities(DataReader data, Card card) throws UnreadableException {
    if (card.capabilities().size() > MAX_CAPABILITIES) {
      throw UnreadableException.violation(
          data.path("card.skills"),
          "expected at most %d different ids and tags, but they are %d"
              .formatted(MAX_CAPABILITIES, card.capabilities().size()));
    }
    return card.capabilities();
  }

  private static int leaseSeconds(DataReader data) throws UnreadableException {
    int seconds = data.integer("lease_seconds", 0, 3600, 60);
    if (seconds > 0 && seconds < 10) {
      throw UnreadableException.violation(
          data.path("lease_seconds"), "expected 0 or 10 to 3600, but it is " + seconds);
    }
    return seconds;
  }

  private static @Nullable String endpoint(DataReader data, String name)
      throws UnreadableException {
    String endpoint = data.optionalText(name, 1, MAX_ENDPOINT);
    if (endpoint != null && !ENDPOINT.matcher(endpoint).matches()) {
      throw UnreadableException.violation(
          data.path(name), "expected an absolute http or https URL, but it is not");
    }
    return endpoint;
  }

  private static Card card(DataReader data) throws UnreadableException {
    if (data.optionalJson("card") == null) {
      return Card.NONE;
    }
    DataReader card = data.object("card");
    String url = endpoint(card, "url");
    List<DataReader> interfaces = card.optionalObjects("supportedInterfaces", 1, MAX_CAPABILITIES);
    if (interfaces != null) {
      for (DataReader each : interfaces.reversed()) {
        url = each.required("url", endpoint(each, "url"));
      }
    }
    return new Card(
        card.optionalText("name", 3, MAX_NAME),
        card.optionalText("version", 1, MAX_VERSION),
        url,
        skills(card));
  }

  private static List<String> skills(DataReader card) throws UnreadableException {
    Set<String> capabilities = new LinkedHashSet<>();
    List<DataReader> skills = card.optionalObjects("skills", 0, MAX_CAPABILITIES);
    for (DataReader skill : skills == null ? List.<DataReader>of() : skills) {
      capabilities.add(skill.text("id", 2, 100));
      capabilities.addAll(skill.texts("tags", MAX_CAPABILITIES, 2, 100));
    }
    return List.copyOf(capabilities);
  }
}
