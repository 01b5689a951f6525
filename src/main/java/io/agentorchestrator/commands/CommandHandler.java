package io.agentorchestrator.commands;

import io.agentorchestrator.commands.CommandOutcome.Kind;
import io.agentorchestrator.commands.Decoded.Valid;
import io.agentorchestrator.commands.Inbox.Claim;
import io.agentorchestrator.deadletters.RedriveHeaders;
import io.agentorchestrator.engine.Engine;
import io.agentorchestrator.engine.LocksGrewException;
import io.agentorchestrator.engine.Refusal;
import io.agentorchestrator.engine.WorkingSet;
import io.agentorchestrator.log.Cause;
import io.agentorchestrator.messages.Command.BulkAgents;
import io.agentorchestrator.messages.Envelope;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.tasks.Task;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.stereotype.Component;

/** Applies one command to the rows its transaction has locked, or records why not. */
@Component
class CommandHandler {

  private final Engine engine;
  private final SourceRules sources;

  CommandHandler(Engine engine, SourceRules sources) {
    this.engine = engine;
    this.sources = sources;
  }

  /** Whether a command will be refused whatever the state is: its source may not send it. */
  boolean isForbidden(Envelope envelope) {
    return sources.refusal(envelope).isPresent();
  }

  /** Returns a record whose command names all whom it is about. */
  ReceivedRecord resolve(ReceivedRecord given) {
    return given.decoded() instanceof Valid valid && valid.command() instanceof BulkAgents bulk
        ? given.as(new Valid(valid.envelope(), engine.resolve(bulk)))
        : given;
  }

  CommandOutcome apply(
      Valid valid, ConsumerRecord<byte[], byte[]> record, Claim claim, WorkingSet set) {
    Envelope envelope = valid.envelope();
    Cause cause = Cause.of(envelope, RedriveHeaders.read(record.headers()));
    Optional<Refusal> refusal =
        switch (claim) {
          case DUPLICATE -> Optional.empty();
          case REUSED -> Optional.of(Refusal.of(reused(envelope)));
          case FRESH, NOT_NEEDED -> handle(valid, record.partition(), cause, set);
        };
    refusal.ifPresent(
        why ->
            set.log()
                .rejected(
                    cause,
                    envelope.type().entityType(),
                    envelope.subject(),
                    why.rejection(),
                    why.details(),
                    set.tasks().find(envelope.subject()).map(Task::assignedAgentId).orElse(null)));
    String type = envelope.type().value();
    return refusal
        .map(why -> CommandOutcome.rejected(type, why.rejection().type()))
        .orElseGet(
            () ->
                CommandOutcome.of(type, claim == Claim.DUPLICATE ? Kind.DUPLICATE : Kind.ACCEPTED));
  }

  private Optional<Refusal> handle(Valid valid, int partition, Cause cause, WorkingSet set) {
    Envelope envelope = valid.envelope();
    Optional<Rejection> forbidden = sources.refusal(envelope);
    if (forbidden.isPresent()) {
      return forbidden.map(Refusal::of);
    }
    try {
      return engine.apply(valid.command(), envelope.subject(), partition, cause, set);
    } catch (LocksGrewException e) {
      throw e; // Not over the record: somebody else was faster.
    } catch (RuntimeException | StackOverflowError e) {
      throw new HandlerException(e);
    }
  }

  private static Rejection reused(Envelope envelope) {
    return Rejection.alreadyExists(
        "Expected a new command, but source %s has used the id %s for another content."
            .formatted(envelope.source(), envelope.id()));
  }
}
