package io.agentorchestrator.commands;

import io.agentorchestrator.agents.AgentRegistry;
import io.agentorchestrator.agents.LockedAgents;
import io.agentorchestrator.commands.CommandOutcome.Kind;
import io.agentorchestrator.commands.Decoded.Valid;
import io.agentorchestrator.commands.Inbox.Claim;
import io.agentorchestrator.log.Cause;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.Command.AgentCommand;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.Command.TaskCommand;
import io.agentorchestrator.messages.Envelope;
import io.agentorchestrator.messages.LogEvent;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.tasks.LockedTasks;
import io.agentorchestrator.tasks.Task;
import io.agentorchestrator.tasks.TaskAssignment;
import io.agentorchestrator.tasks.TaskChange;
import io.agentorchestrator.tasks.TaskLifecycle;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Applies one command to the rows its transaction has locked, or records why not. */
@Component
class CommandHandler {

  private final AgentRegistry agentRegistry;
  private final TaskLifecycle taskLifecycle;
  private final TaskAssignment taskAssignment;

  CommandHandler(
      AgentRegistry agentRegistry, TaskLifecycle taskLifecycle, TaskAssignment taskAssignment) {
    this.agentRegistry = agentRegistry;
    this.taskLifecycle = taskLifecycle;
    this.taskAssignment = taskAssignment;
  }

  CommandOutcome apply(
      Valid valid, Claim claim, LockedTasks tasks, LockedAgents agents, LogBatch log) {
    Envelope envelope = valid.envelope();
    TaskChange change = new TaskChange(Cause.of(envelope), tasks, agents, log);
    Optional<Rejection> rejection =
        switch (claim) {
          case DUPLICATE -> Optional.empty();
          case REUSED -> Optional.of(reused(envelope));
          case FRESH, NOT_NEEDED -> handle(valid, change);
        };
    rejection.ifPresent(
        why ->
            log.rejected(
                change.cause(),
                envelope.type().entityType(),
                envelope.subject(),
                why,
                tasks.find(envelope.subject()).map(Task::assignedAgentId).orElse(null)));
    return CommandOutcome.of(
        envelope.type().value(),
        claim == Claim.DUPLICATE
            ? Kind.DUPLICATE
            : rejection.isPresent() ? Kind.REJECTED : Kind.ACCEPTED);
  }

  private Optional<Rejection> handle(Valid valid, TaskChange change) {
    Envelope envelope = valid.envelope();
    if (envelope.source().startsWith(LogEvent.SOURCE)) {
      return Optional.of(
          Rejection.forbidden(
              "Expected a producer's own source, but sources beginning %s are reserved."
                  .formatted(LogEvent.SOURCE)));
    }
    try {
      return switch (valid.command()) {
        case AgentCommand command -> handle(command, envelope, change);
        case TaskCommand command -> taskLifecycle.apply(command, envelope.subject(), change);
      };
    } catch (RuntimeException e) {
      throw new HandlerException(e);
    }
  }

  private Optional<Rejection> handle(AgentCommand command, Envelope envelope, TaskChange change) {
    Optional<Rejection> rejection =
        agentRegistry.apply(
            command, envelope.subject(), change.cause(), change.agents(), change.log());
    if (rejection.isEmpty() && command instanceof DeregisterAgent) {
      taskAssignment.releaseAll(envelope.subject(), "Agent deregistered.", change);
    }
    return rejection;
  }

  private static Rejection reused(Envelope envelope) {
    return Rejection.alreadyExists(
        "Expected a new command, but source %s has used the id %s for another content."
            .formatted(envelope.source(), envelope.id()));
  }
}
