package io.agentorchestrator.commands;

import io.agentorchestrator.log.CommandTrace;
import io.agentorchestrator.log.CommandTraces;
import io.agentorchestrator.log.DeadLetterTrace;
import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.messages.ContentDigest;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.rest.Snapshot;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tells what became of commands: from the inbox, which knows what was seen, and the log, which
 * knows what came of it.
 */
@Component
@Snapshot
class CommandReads {

  /**
   * A command as REST shows it.
   *
   * @param source its source
   * @param id its id
   * @param type its type; null for a dead letter whose type could not be read
   * @param outcome {@code accepted}, {@code rejected} or {@code dead_lettered}
   * @param rejection why it was refused, else null
   * @param positions the log's entries about it, rising; none if it had nothing to change
   * @param time when it was applied: that of its entries; without any, when its key was claimed
   */
  @Schema(name = "Command")
  record ShownCommand(
      @Schema(minLength = 1, maxLength = 255) String source,
      @Schema(minLength = 1, maxLength = 255) String id,
      @Schema(description = "Null where a dead letter does not tell.") @Nullable String type,
      @Schema(allowableValues = {"accepted", "rejected", "dead_lettered"}) String outcome,
      @Schema(description = "Null unless rejected.", implementation = Rejection.class)
          @Nullable JsonNode rejection,
      @ArraySchema(
              arraySchema =
                  @Schema(
                      description =
                          "The log's entries about it; none where it had nothing to change."),
              schema = @Schema(minimum = "1"))
          List<Long> positions,
      Instant time) {}

  /** A content that was seen under an id. */
  private record Seen(String source, ContentDigest digest, String type, Instant time) {

    boolean isOf(CommandTrace trace) {
      return source.equals(trace.source()) && digest.hex().equals(trace.digest());
    }
  }

  private final JdbcClient jdbc;
  private final CommandTraces log;
  private final JsonMapper json;

  CommandReads(JdbcClient jdbc, CommandTraces log, JsonMapper json) {
    this.jdbc = jdbc;
    this.log = log;
    this.json = json;
  }

  /**
   * Finds the commands of an id, oldest first: at most the newest {@link CommandTraces#MOST}, and
   * as many dead letters.
   *
   * @param source their source, or null for any
   */
  List<ShownCommand> find(String id, @Nullable String source) {
    List<CommandTrace> traces = log.applied(id, source);
    List<Seen> seen = new ArrayList<>(seen(id, source));
    for (CommandTrace trace : traces) {
      forgotten(trace, seen).ifPresent(seen::add);
    }
    List<ShownCommand> shown = new ArrayList<>();
    for (Seen each : seen) {
      Optional<CommandTrace> trace = traces.stream().filter(each::isOf).findFirst();
      // Where the log tells of more than was asked of it, what it said of this one is not known.
      if (trace.isPresent() || traces.size() < CommandTraces.MOST) {
        shown.add(shown(id, each, trace.orElse(null)));
      }
    }
    for (DeadLetterTrace letter : log.deadLetters(id, source)) {
      shown.add(
          new ShownCommand(
              letter.source(),
              id,
              letter.type(),
              CommandOutcome.Kind.DEAD_LETTERED.tag(),
              null,
              List.of(letter.position()),
              letter.time()));
    }
    shown.sort(
        Comparator.comparing(ShownCommand::time).thenComparingLong(CommandReads::firstPosition));
    return shown;
  }

  private static long firstPosition(ShownCommand command) {
    return command.positions().isEmpty() ? 0 : command.positions().getFirst();
  }

  /** The owners of a (source, id), and the contents that came under it later. */
  private List<Seen> seen(String id, @Nullable String source) {
    return jdbc.sql(
            """
            SELECT source, digest, type, recorded_at FROM (
              SELECT source, digest, type, recorded_at, 1 AS rank
              FROM command_keys WHERE id = :id
              UNION ALL
              SELECT source, digest, type, recorded_at, 2
              FROM command_key_reuses WHERE id = :id
            ) AS seen
            WHERE CAST(:source AS text) IS NULL OR source = :source
            ORDER BY recorded_at DESC, rank DESC, digest LIMIT :most
            """)
        .param("id", id)
        .param("source", source)
        .param("most", CommandTraces.MOST)
        .query(
            (row, n) ->
                new Seen(
                    row.getString(1),
                    new ContentDigest(row.getBytes(2)),
                    row.getString(3),
                    row.getObject(4, OffsetDateTime.class).toInstant()))
        .list();
  }

  /**
   * A command whose key is past its retention, but that the log still tells of. A heartbeat that
   * was accepted has no outcome, though it may have changed a status.
   */
  private static Optional<Seen> forgotten(CommandTrace trace, List<Seen> seen) {
    boolean isHeartbeat = trace.type().equals(CommandType.AGENT_HEARTBEAT.value());
    return seen.stream().anyMatch(each -> each.isOf(trace))
            || (isHeartbeat && trace.rejection() == null)
        ? Optional.empty()
        : Optional.of(
            new Seen(
                trace.source(),
                new ContentDigest(HexFormat.of().parseHex(trace.digest())),
                trace.type(),
                trace.time()));
  }

  private ShownCommand shown(String id, Seen seen, @Nullable CommandTrace trace) {
    String rejection = trace == null ? null : trace.rejection();
    return new ShownCommand(
        seen.source(),
        id,
        seen.type(),
        (rejection == null ? CommandOutcome.Kind.ACCEPTED : CommandOutcome.Kind.REJECTED).tag(),
        rejection == null ? null : json.readTree(rejection).get("rejection"),
        trace == null ? List.of() : trace.positions(),
        trace == null ? seen.time() : trace.time());
  }
}
