package io.agentorchestrator.commands;

import io.agentorchestrator.commands.CommandReads.ShownCommand;
import io.agentorchestrator.rest.AllowedParameters;
import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Map;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v2/commands}. */
@RestController
class CommandController {

  private static final AllowedParameters PARAMETERS = AllowedParameters.of("id", "source");

  private final CommandReads commands;

  CommandController(CommandReads commands) {
    this.commands = commands;
  }

  @GetMapping(path = "/api/v2/commands", produces = MediaType.APPLICATION_JSON_VALUE)
  Map<String, List<ShownCommand>> find(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, PARAMETERS);
    String id = parameters.requiredText("id");
    List<ShownCommand> found = commands.find(id, parameters.text("source"));
    if (found.isEmpty()) {
      throw Problem.notFound("applied command", id);
    }
    return Map.of("commands", found);
  }
}
