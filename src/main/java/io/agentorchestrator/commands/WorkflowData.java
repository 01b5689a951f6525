package io.agentorchestrator.commands;

import io.agentorchestrator.messages.Command.CreateWorkflow;
import io.agentorchestrator.messages.Command.OnTaskFailure;
import io.agentorchestrator.messages.Command.WorkflowTask;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Reads {@code workflow.create}: a workflow and its tasks. */
final class WorkflowData {

  private static final int MAX_TASKS = 100;

  private WorkflowData() {}

  static CreateWorkflow read(DataReader data) throws UnreadableException {
    return new CreateWorkflow(
        data.text("name", CommandData.MIN_NAME, CommandData.MAX_NAME),
        data.optionalText("description", 1, CommandData.MAX_TEXT),
        data.text("user_id", 1, CommandData.MAX_REFERENCE),
        data.integer("priority", 1, 5, CommandData.USUAL_PRIORITY),
        data.optionalInteger("timeout_seconds", 1, CommandData.MAX_TIMEOUT_SECONDS),
        data.oneOf("on_task_failure", "fail", "continue").equals("fail")
            ? OnTaskFailure.FAIL
            : OnTaskFailure.CONTINUE,
        data.json("configuration"),
        data.json("metadata"),
        tasks(data));
  }

  private static List<WorkflowTask> tasks(DataReader data) throws UnreadableException {
    List<DataReader> elements = data.required("tasks", data.optionalObjects("tasks", 1, MAX_TASKS));
    List<WorkflowTask> tasks = new ArrayList<>(elements.size());
    for (DataReader element : elements) {
      UUID id = element.uuid("task_id");
      // Which workflow it is, the envelope says.
      tasks.add(new WorkflowTask(id, CommandData.task(element, null)));
      element.end();
    }
    return List.copyOf(tasks);
  }
}
