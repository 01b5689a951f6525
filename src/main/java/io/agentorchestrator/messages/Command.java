package io.agentorchestrator.messages;

import com.fasterxml.jackson.annotation.JsonValue;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Locale;
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
    /** Dispatch gives it to the best match. */
    AUTO,
    /** Somebody assigns it. */
    MANUAL;

    private final String value = name().toLowerCase(Locale.ROOT);

    /** Returns the name on the wire, in lower case. */
    public String value() {
      return value;
    }
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

  /** What a bulk operation does to each of its agents. */
  enum BulkAction {
    /** Lets the agent take tasks. */
    ACTIVATE,
    /** Gives the agent no new task; running ones go on. */
    DEACTIVATE,
    /** Activates the agent and releases its tasks. */
    RESET_STATUS,
    /** Takes the agent out of the fleet; its open tasks go back to the queue. */
    DEREGISTER;

    private final String value = name().toLowerCase(Locale.ROOT);

    /** Returns the name on the wire, in lower case. */
    @JsonValue
    public String value() {
      return value;
    }

    /** Returns what it is called in a sentence. */
    public String verb() {
      return this == RESET_STATUS ? "reset" : value;
    }

    /** Whether the agent's open tasks go back to the queue. */
    public boolean releasesTasks() {
      return this == RESET_STATUS || this == DEREGISTER;
    }
  }

  /** What a bulk operation does about agents it cannot change. */
  enum BulkMode {
    /** One refusal refuses all. */
    ATOMIC,
    /** Each agent by itself. */
    BEST_EFFORT;

    private final String value = name().toLowerCase(Locale.ROOT);

    /** Returns the name on the wire, in lower case. */
    @JsonValue
    public String value() {
      return value;
    }
  }

  /** Which agents a bulk operation is about; null is no condition. */
  record AgentSelection(
      @Nullable String agentType, @Nullable String status, @Nullable String capability) {}

  /**
   * Does the same to many agents. The subject names the operation.
   *
   * @param agentIds the agents, 1–1000; as it is sent, empty where there is a selection
   * @param selection or a condition; null where ids were sent
   */
  record BulkAgents(
      BulkAction action, List<UUID> agentIds, @Nullable AgentSelection selection, BulkMode mode)
      implements Command {
    @Override
    public CommandType type() {
      return CommandType.AGENTS_BULK;
    }

    /** Returns the same operation for the agents given. */
    public BulkAgents on(List<UUID> agents) {
      return new BulkAgents(action, agents, selection, mode);
    }
  }

  /** A command on the topic of the workflows; its subject is a workflow's id. */
  sealed interface WorkflowCommand extends Command {}

  /** What a failed task does to its workflow. */
  @Schema(description = "Whether a failed task ends the workflow at once.")
  enum OnTaskFailure {
    /** Ends it. */
    FAIL,
    /** Lets the rest go on. */
    CONTINUE;

    private final String value = name().toLowerCase(Locale.ROOT);

    /** Returns the name on the wire, in lower case. */
    @JsonValue
    public String value() {
      return value;
    }
  }

  /** A task of a workflow to be created; {@link CreateTask#workflowId} is the workflow's. */
  record WorkflowTask(UUID taskId, CreateTask task) {}

  /**
   * Creates a workflow with its tasks.
   *
   * @param tasks the tasks, 1–100, whose dependencies name others of them
   */
  record CreateWorkflow(
      String name,
      @Nullable String description,
      String userId,
      int priority,
      @Nullable Integer timeoutSeconds,
      OnTaskFailure onTaskFailure,
      JsonObject configuration,
      JsonObject metadata,
      List<WorkflowTask> tasks)
      implements WorkflowCommand {
    @Override
    public CommandType type() {
      return CommandType.WORKFLOW_CREATE;
    }
  }

  /** Stops new assignments. */
  record PauseWorkflow(@Nullable String reason) implements WorkflowCommand {
    @Override
    public CommandType type() {
      return CommandType.WORKFLOW_PAUSE;
    }
  }

  /** Lets assignments go on. */
  record ResumeWorkflow(@Nullable String reason) implements WorkflowCommand {
    @Override
    public CommandType type() {
      return CommandType.WORKFLOW_RESUME;
    }
  }

  /** Cancels a workflow and its open tasks. */
  record CancelWorkflow(@Nullable String reason) implements WorkflowCommand {
    @Override
    public CommandType type() {
      return CommandType.WORKFLOW_CANCEL;
    }
  }
}
