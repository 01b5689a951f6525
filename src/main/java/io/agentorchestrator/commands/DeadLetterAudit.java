package io.agentorchestrator.commands;

import io.agentorchestrator.commands.CommandOutcome.Kind;
import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.commands.Inbox.Claim;
import io.agentorchestrator.deadletters.RedriveHeaders;
import io.agentorchestrator.log.Cause;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.CommandType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Tells the log of dead letters whose source and id could be read; of the others none can tell. */
final class DeadLetterAudit {

  private DeadLetterAudit() {}

  static CommandOutcome append(
      ConsumerRecord<byte[], byte[]> record, Unreadable unreadable, Claim claim, LogBatch log) {
    Identity identity = unreadable.identity();
    if (claim == Claim.FRESH && identity.source() != null && identity.id() != null) {
      CommandType type = identity.type();
      UUID subject = type == null ? null : identity.subject();
      Cause cause =
          new Cause(
              identity.source(),
              identity.id(),
              null,
              identity.typeName(),
              type == null ? "unknown" : type.operation(),
              identity.actor() == null ? identity.source() : identity.actor(),
              identity.traceparent(),
              RedriveHeaders.read(record.headers()));
      log.deadLettered(
          cause,
          subject == null || type == null ? null : type.entityType(),
          subject,
          "No valid command (%s): %s".formatted(unreadable.reason(), unreadable.message()),
          details(record, unreadable));
    }
    return new CommandOutcome(
        identity.type() == null ? null : identity.type().value(),
        claim == Claim.FRESH ? Kind.DEAD_LETTERED : Kind.DUPLICATE,
        null,
        unreadable.reason());
  }

  private static Map<String, Object> details(
      ConsumerRecord<byte[], byte[]> record, Unreadable unreadable) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("reason", unreadable.reason());
    details.put("message", unreadable.message());
    details.put("topic", record.topic());
    details.put("partition", record.partition());
    details.put("offset", record.offset());
    return details;
  }
}
