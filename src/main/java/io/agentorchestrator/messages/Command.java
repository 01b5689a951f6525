package io.agentorchestrator.messages;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a producer asks for: the {@code data} of a command, already within its bounds (see {@code
 * schemas/commands}). Null stands for a field that was not given and has no default.
 */
public sealed interface Command {

  /** Returns the type this command came as. */
  CommandType type();

  /** A command on the topic of the agents; its subject is an agent's id. */
  sealed interface AgentCommand extends Command {}

  /** A command on the topic of the tasks; its subject is a task's id. */
  sealed interface TaskCommand extends Command {}

  /** A word of the agent that holds, or held, a task. The attempt fences off what comes late. */
  sealed interface HolderCommand extends TaskCommand {
    /** Returns the agent that speaks. */
    UUID agentId();

    /** Returns the attempt it speaks of, at least 1. */
    int attempt();
  }

  /** States a whole agent: new, or anew. */
  record RegisterAgent(
      String agentType,
      String name,
      String endpoint,
      @Nullable String version,
      List<String> capabilities,
      int maxConcurrentTasks,
      int leaseSeconds,
      JsonObject metadata)
      implements AgentCommand {
    @Override
    public CommandType type() {
      return CommandType.AGENT_REGISTER;
    }
  }

  /** Says that an agent is alive. */
  record Heartbeat() implements AgentCommand {
    @Override
    public CommandType type() {
      return CommandType.AGENT_HEARTBEAT;
    }
  }

  /** Takes an agent out of the fleet; its open tasks go back to the queue. */
  record DeregisterAgent(@Nullable String reason) implements AgentCommand {
    @Override
    public CommandType type() {
      return CommandType.AGENT_DEREGISTER;
    }
  }

  /** How a new task finds its agent. */
  enum Assignment {
    AUTO,
    MANUAL
  }

  /** Creates a task. */
  record CreateTask(
      String taskType,
      @Nullable String name,
      String description,
      JsonObject input,
      int priority,
      List<String> requiredCapabilities,
      @Nullable UUID workflowId,
      @Nullable UUID parentTaskId,
      List<UUID> dependsOn,
      @Nullable Integer timeoutSeconds,
      int maxRetries,
      Assignment assignment,
      List<String> tags,
      JsonObject metadata)
      implements TaskCommand {
    @Override
    public CommandType type() {
      return CommandType.TASK_CREATE;
    }
  }

  /** Gives a task to an agent; without an id, to the best match. */
  record AssignTask(@Nullable UUID agentId) implements TaskCommand {
    @Override
    public CommandType type() {
      return CommandType.TASK_ASSIGN;
    }
  }

  /** Says that work has begun. */
  record StartTask(UUID agentId, int attempt) implements HolderCommand {
    @Override
    public CommandType type() {
      return CommandType.TASK_START;
    }
  }

  /** Says how far work has come, or that it waits for input. */
  record ReportProgress(
      UUID agentId,
      int attempt,
      boolean inputRequired,
      @Nullable Double progress,
      @Nullable String message)
      implements HolderCommand {
    @Override
    public CommandType type() {
      return CommandType.TASK_PROGRESS;
    }
  }

  /** Hands in the result. */
  record CompleteTask(UUID agentId, int attempt, @Nullable JsonObject result)
      implements HolderCommand {
    @Override
    public CommandType type() {
      return CommandType.TASK_COMPLETE;
    }
  }

  /** Says that the attempt failed. */
  record FailTask(
      UUID agentId, int attempt, String errorCode, String errorMessage, boolean retryable)
      implements HolderCommand {
    @Override
    public CommandType type() {
      return CommandType.TASK_FAIL;
    }
  }

  /** Cancels a task and its children. */
  record CancelTask(@Nullable String reason) implements TaskCommand {
    @Override
    public CommandType type() {
      return CommandType.TASK_CANCEL;
    }
  }
}
