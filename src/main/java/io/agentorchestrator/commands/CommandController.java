package io.agentorchestrator.commands;

import io.agentorchestrator.commands.CommandReads.ShownCommand;
import io.agentorchestrator.rest.Operation;
import io.agentorchestrator.rest.Parameter;
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

  private static final Parameter<String> ID = Parameter.text("id").mandatory();
  private static final Parameter<String> SOURCE =
      Parameter.text("source").describedAs("Without it, the commands of this id from any source.");

  private static final Operation FIND =
      Operation.of(
              "findCommands",
              "Tells what became of commands.",
              Operation.Answer.listing("commands", "The commands of this id.", ShownCommand.class)
                  .orNothing(),
              ID,
              SOURCE)
          .describedAs(
              "404 until a command is applied, and once its key is forgotten. Oldest first; a"
                  + " content that came later under a used id is an item of its own. A heartbeat"
                  + " that is accepted leaves none. At most the newest 1000 commands of the id, and as"
                  + " many dead letters.");

  private final CommandReads commands;

  CommandController(CommandReads commands) {
    this.commands = commands;
  }

  @GetMapping(path = "/api/v2/commands", produces = MediaType.APPLICATION_JSON_VALUE)
  Map<String, List<ShownCommand>> findCommands(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, FIND);
    String id = parameters.need(ID);
    List<ShownCommand> found = commands.find(id, parameters.get(SOURCE));
    if (found.isEmpty()) {
      throw Problem.notFound("applied command", id);
    }
    return Map.of(FIND.list(), found);
  }
}
