package io.agentorchestrator.commands;

import io.agentorchestrator.commands.CommandProperties.AllowedSource;
import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.messages.Envelope;
import io.agentorchestrator.messages.LogEvent;
import io.agentorchestrator.messages.Rejection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Which source may send which commands. A source is what the producer says of itself: these rules
 * keep honest producers to their part, and are worth as much against others as Kafka's ACLs on the
 * command topics.
 */
@Component
class SourceRules {

  /** The longest prefix first: the first that fits decides alone. */
  private final List<AllowedSource> allowed;

  @Autowired
  SourceRules(CommandProperties properties) {
    this(properties.allowedSources());
  }

  SourceRules(List<AllowedSource> allowed) {
    this.allowed =
        allowed.stream()
            .sorted(
                Comparator.comparingInt((AllowedSource each) -> each.prefix().length()).reversed())
            .toList();
  }

  /** Returns why a command's source may not send it; empty where it may. */
  Optional<Rejection> refusal(Envelope envelope) {
    if (envelope.source().startsWith(LogEvent.SOURCE)) {
      return Optional.of(
          Rejection.forbidden(
              "Expected a producer's own source, but sources beginning %s are reserved."
                  .formatted(LogEvent.SOURCE)));
    }
    return allows(envelope.source(), envelope.type())
        ? Optional.empty()
        : Optional.of(
            Rejection.forbidden(
                "Expected a source that may send %s, but %s may not."
                    .formatted(envelope.type().value(), envelope.source())));
  }

  private boolean allows(String source, CommandType type) {
    return allowed.isEmpty()
        || allowed.stream()
            .filter(each -> each.covers(source))
            .findFirst()
            .filter(each -> each.allows(type))
            .isPresent();
  }
}
