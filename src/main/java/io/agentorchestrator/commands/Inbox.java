package io.agentorchestrator.commands;

import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.commands.Decoded.Valid;
import io.agentorchestrator.messages.Command.Heartbeat;
import io.agentorchestrator.messages.ContentDigest;
import io.agentorchestrator.messages.Envelope;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Remembers which commands were seen, in the transaction that applies them: what makes a delivery
 * that comes twice have one effect. It survives what offsets do not: topics made anew and producers
 * that repeat themselves.
 *
 * <p>The first content of a (source, id) owns the pair. Keys are inserted before any row is locked,
 * in the database's order, so that two transactions wait for each other and never in a circle.
 */
@Component
@Transactional(propagation = Propagation.MANDATORY)
class Inbox {

  /** What a record's key says of it. */
  enum Claim {
    /** Never seen. */
    FRESH,
    /** Takes no key, and may come as often as it likes. */
    NOT_NEEDED,
    /** Seen with the same content. */
    DUPLICATE,
    /** The key belongs to another content, and this one comes for the first time. */
    REUSED
  }

  private final JdbcClient jdbc;
  private final DeadLetterKeys deadLetterKeys;

  Inbox(JdbcClient jdbc, DeadLetterKeys deadLetterKeys) {
    this.jdbc = jdbc;
    this.deadLetterKeys = deadLetterKeys;
  }

  /**
   * Claims the keys of records in their order. A heartbeat takes no key, for it may be repeated at
   * no harm, unless it is known to be refused: a refusal is told once.
   *
   * @return one claim for each record given, in the same order
   */
  List<Claim> claim(List<ReceivedRecord> records, Set<CommandKey> heartbeatsToClaim, Instant now) {
    Map<CommandKey, Envelope> first = new LinkedHashMap<>();
    List<ConsumerRecord<byte[], byte[]>> unreadable = new ArrayList<>();
    for (ReceivedRecord each : records) {
      switch (each.decoded()) {
        case Unreadable dead -> unreadable.add(each.record());
        case Valid valid -> {
          if (needsKey(valid, heartbeatsToClaim)) {
            first.putIfAbsent(CommandKey.of(valid.envelope()), valid.envelope());
          }
        }
      }
    }
    Set<DeadLetterKeys.Place> untold = deadLetterKeys.claim(unreadable, now);
    Set<CommandKey> fresh = first.isEmpty() ? Set.of() : insert(first.values(), now);
    Map<CommandKey, ContentDigest> owners = owners(first, fresh);
    Set<CommandKey> unopened = new HashSet<>(fresh);
    List<Claim> claims = new ArrayList<>(records.size());
    for (ReceivedRecord each : records) {
      claims.add(
          switch (each.decoded()) {
            case Unreadable dead ->
                untold.contains(DeadLetterKeys.Place.of(each.record()))
                    ? Claim.FRESH
                    : Claim.DUPLICATE;
            case Valid valid ->
                needsKey(valid, heartbeatsToClaim)
                    ? claim(valid.envelope(), unopened, owners, now)
                    : Claim.NOT_NEEDED;
          });
    }
    return claims;
  }

  private Claim claim(
      Envelope command,
      Set<CommandKey> unopened,
      Map<CommandKey, ContentDigest> owners,
      Instant now) {
    CommandKey key = CommandKey.of(command);
    if (unopened.remove(key)) {
      return Claim.FRESH;
    }
    boolean isNew = !command.digest().equals(owners.get(key)) && insertReuse(command, now);
    return isNew ? Claim.REUSED : Claim.DUPLICATE;
  }

  private static boolean needsKey(Valid valid, Set<CommandKey> heartbeatsToClaim) {
    return !(valid.command() instanceof Heartbeat)
        || heartbeatsToClaim.contains(CommandKey.of(valid.envelope()));
  }

  private Set<CommandKey> insert(Collection<Envelope> commands, Instant now) {
    return new HashSet<>(
        jdbc.sql(
                """
                INSERT INTO command_keys (id, source, digest, type, recorded_at)
                SELECT id, source, digest, type, ?
                FROM unnest(?, ?, ?, ?) AS key (id, source, digest, type)
                ORDER BY id, source
                ON CONFLICT DO NOTHING
                RETURNING id, source
                """)
            .params(
                now.atOffset(ZoneOffset.UTC),
                commands.stream().map(Envelope::id).toArray(String[]::new),
                commands.stream().map(Envelope::source).toArray(String[]::new),
                commands.stream().map(each -> each.digest().bytes()).toArray(byte[][]::new),
                commands.stream().map(each -> each.type().value()).toArray(String[]::new))
            .query((row, n) -> new CommandKey(row.getString(1), row.getString(2)))
            .list());
  }

  private Map<CommandKey, ContentDigest> owners(
      Map<CommandKey, Envelope> commands, Set<CommandKey> fresh) {
    Map<CommandKey, ContentDigest> owners = new HashMap<>();
    List<CommandKey> known = new ArrayList<>();
    commands.forEach(
        (key, command) -> {
          if (fresh.contains(key)) {
            owners.put(key, command.digest());
          } else {
            known.add(key);
          }
        });
    if (known.isEmpty()) {
      return owners;
    }
    jdbc.sql(
            """
            SELECT id, source, digest FROM command_keys
            WHERE (id, source) IN (SELECT * FROM unnest(?, ?))
            """)
        .params(
            known.stream().map(CommandKey::id).toArray(String[]::new),
            known.stream().map(CommandKey::source).toArray(String[]::new))
        .query(
            row -> {
              owners.put(
                  new CommandKey(row.getString(1), row.getString(2)),
                  new ContentDigest(row.getBytes(3)));
            });
    return owners;
  }

  private boolean insertReuse(Envelope command, Instant now) {
    return jdbc.sql(
                """
                INSERT INTO command_key_reuses (id, source, digest, type, recorded_at)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """)
            .params(
                command.id(),
                command.source(),
                command.digest().bytes(),
                command.type().value(),
                now.atOffset(ZoneOffset.UTC))
            .update()
        == 1;
  }
}
