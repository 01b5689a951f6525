package io.agentorchestrator.commands;

import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.Assignment;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.CancelWorkflow;
import io.agentorchestrator.messages.Command.CompleteTask;
import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.Command.FailTask;
import io.agentorchestrator.messages.Command.Heartbeat;
import io.agentorchestrator.messages.Command.PauseWorkflow;
import io.agentorchestrator.messages.Command.ReportProgress;
import io.agentorchestrator.messages.Command.ResumeWorkflow;
import io.agentorchestrator.messages.Command.StartTask;
import io.agentorchestrator.messages.CommandType;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads a command's {@code data} by its type: the twin of {@code schemas/commands}. */
final class CommandData {

  static final int MAX_TEXT = 5000;
  static final int MIN_NAME = 3;
  static final int MAX_NAME = 255;
  static final int MAX_REFERENCE = 255;
  static final int USUAL_PRIORITY = 2;
  static final int MAX_TIMEOUT_SECONDS = 86_400;

  private CommandData() {}

  static Command read(CommandType type, DataReader data) throws UnreadableException {
    Command command =
        switch (type) {
          case AGENT_REGISTER -> AgentRegistration.read(data);
          case AGENT_HEARTBEAT -> heartbeat(data);
          case AGENT_DEREGISTER -> new DeregisterAgent(reason(data));
          case TASK_CREATE -> task(data, data.optionalUuid("workflow_id"));
          case TASK_ASSIGN -> new AssignTask(data.optionalUuid("agent_id"));
          case TASK_START -> new StartTask(agentId(data), attempt(data));
          case TASK_PROGRESS -> reportProgress(data);
          case TASK_COMPLETE ->
              new CompleteTask(agentId(data), attempt(data), data.optionalJson("result"));
          case TASK_FAIL -> failTask(data);
          case TASK_CANCEL -> new CancelTask(reason(data));
          case AGENTS_BULK -> BulkData.read(data);
          case WORKFLOW_CREATE -> WorkflowData.read(data);
          case WORKFLOW_PAUSE -> new PauseWorkflow(reason(data));
          case WORKFLOW_RESUME -> new ResumeWorkflow(reason(data));
          case WORKFLOW_CANCEL -> new CancelWorkflow(reason(data));
        };
    data.end();
    return command;
  }

  private static Heartbeat heartbeat(DataReader data) throws UnreadableException {
    data.optionalJson("metrics"); // Checked, for a broken producer should hear of it; not kept.
    return new Heartbeat();
  }

  /**
   * Reads a task to be created.
   *
   * @param workflowId the workflow it belongs to, or null
   */
  static CreateTask task(DataReader data, @Nullable UUID workflowId) throws UnreadableException {
    return new CreateTask(
        data.text("type", 1, MAX_REFERENCE),
        data.optionalText("name", MIN_NAME, MAX_NAME),
        data.text("description", 1, MAX_TEXT),
        data.json("input"),
        data.integer("priority", 1, 5, USUAL_PRIORITY),
        capabilities(data, "required_capabilities"),
        workflowId,
        data.optionalUuid("parent_task_id"),
        data.uuids("depends_on", Integer.MAX_VALUE),
        data.optionalInteger("timeout_seconds", 1, MAX_TIMEOUT_SECONDS),
        data.integer("max_retries", 0, 10, 3),
        data.oneOf("assignment", "auto", "manual").equals("auto")
            ? Assignment.AUTO
            : Assignment.MANUAL,
        data.distinctTexts("tags", 20, 2, 100),
        data.json("metadata"));
  }

  private static ReportProgress reportProgress(DataReader data) throws UnreadableException {
    return new ReportProgress(
        agentId(data),
        attempt(data),
        data.oneOf("status", "working", "input_required").equals("input_required"),
        data.optionalFraction("progress"),
        data.optionalText("message", 0, MAX_TEXT));
  }

  private static FailTask failTask(DataReader data) throws UnreadableException {
    UUID agentId = agentId(data);
    int attempt = attempt(data);
    DataReader error = data.object("error");
    String code = error.text("code", 1, 100);
    String message = error.text("message", 0, MAX_TEXT);
    error.end();
    return new FailTask(agentId, attempt, code, message, data.bool("retryable", true));
  }

  static List<String> capabilities(DataReader data, String name) throws UnreadableException {
    return data.distinctTexts(name, 50, 2, 100);
  }

  private static @Nullable String reason(DataReader data) throws UnreadableException {
    return data.optionalText("reason", 0, MAX_TEXT);
  }

  private static UUID agentId(DataReader data) throws UnreadableException {
    return data.uuid("agent_id");
  }

  private static int attempt(DataReader data) throws UnreadableException {
    return data.integer("attempt", 1, Integer.MAX_VALUE);
  }
}
