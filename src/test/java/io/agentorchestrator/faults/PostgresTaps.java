package io.agentorchestrator.faults;

import io.agentorchestrator.faults.PostgresFrames.Frame;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Follows what a client and PostgreSQL say to each other on one connection, as far as to know the
 * COMMITs, in both of the protocol's forms: as a simple query, and as a prepared statement, which
 * is named when it is parsed and afterwards only bound. A transaction that the server commits by
 * itself, of a single statement, has none.
 *
 * <p>An encrypted connection, a replication session and a request to cancel pass unseen.
 */
final class PostgresTaps {

  private static final int PROTOCOL = 3;
  private static final int SSL_REQUEST = 80877103;
  private static final int GSS_REQUEST = 80877104;

  private static final Pattern BEGIN = pattern("^\\s*(BEGIN|START\\s+TRANSACTION)\\b");
  private static final Pattern COMMIT =
      pattern("^\\s*(COMMIT|END)\\b(?!\\s+PREPARED)|;\\s*COMMIT\\s*;?\\s*$");
  private static final Pattern ROLLBACK =
      pattern("^\\s*(ROLLBACK|ABORT)\\b(?!\\s+PREPARED|.*\\sTO\\s)");

  private final Collection<CommitTrap> traps;
  private final InstantSource clock;
  private final PostgresFrames fromClient = new PostgresFrames();
  private final PostgresFrames fromServer = new PostgresFrames();
  private final Map<String, String> prepared = new HashMap<>();
  private final Map<String, String> portals = new HashMap<>();
  private final Set<String> statements = new LinkedHashSet<>();

  private boolean started;
  private boolean unseen;
  private int encryptionRequests;

  /** Requests that the server answers with a message that it is ready, the start among them. */
  private long asked = 1;

  private long answered;

  private @Nullable CommitTrap sprung;
  private Set<String> committed = Set.of();
  private boolean held;
  private long answerTo = Long.MAX_VALUE;
  private String answer = "none";

  PostgresTaps(Collection<CommitTrap> traps, InstantSource clock) {
    this.traps = traps;
    this.clock = clock;
  }

  /** What sees the client's side. */
  Tap client() {
    return this::takeFromClient;
  }

  /** What sees the server's side. */
  Tap server() {
    return this::takeFromServer;
  }

  /** Tells a trap that waits for the server's answer that there will be none. */
  synchronized void ended() {
    tell();
  }

  private synchronized Tap.Verdict takeFromClient(byte[] chunk, int length) {
    if (unseen) {
      return new Tap.Verdict(ByteBuffer.wrap(chunk, 0, length), false);
    }
    fromClient.add(chunk, length);
    ByteArrayOutputStream onwards = new ByteArrayOutputStream(length);
    while (!unseen && !held) {
      Frame frame = fromClient.next(started);
      if (frame == null) {
        return verdict(onwards, false);
      }
      if (started) {
        look(frame);
      } else {
        lookAtStart(frame);
      }
      if (held && answerTo == Long.MAX_VALUE) {
        return verdict(onwards, true);
      }
      onwards.writeBytes(frame.whole().array());
    }
    if (unseen) {
      onwards.writeBytes(fromClient.rest());
    }
    return verdict(onwards, false);
  }

  private void lookAtStart(Frame frame) {
    int code = frame.body().getInt();
    if (code == SSL_REQUEST || code == GSS_REQUEST) {
      encryptionRequests++;
    } else {
      started = true;
      unseen = code >> 16 != PROTOCOL;
      while (!unseen && frame.body().remaining() > 1) {
        String name = frame.text();
        unseen = !frame.text().equals("false") && name.equals("replication");
      }
    }
  }

  private void look(Frame frame) {
    switch (frame.type()) {
      case 'P' -> prepared.put(frame.text(), frame.text());
      case 'B' -> portals.put(frame.text(), prepared.getOrDefault(frame.text(), ""));
      case 'C' -> (frame.body().get() == 'S' ? prepared : portals).remove(frame.text());
      case 'E' -> execute(portals.getOrDefault(frame.text(), ""));
      case 'Q' -> {
        execute(frame.text());
        asked++;
        ask();
      }
      case 'S', 'F' -> {
        asked++;
        ask();
      }
      default -> {
        // Of no consequence for transactions.
      }
    }
  }

  private void execute(String sql) {
    if (BEGIN.matcher(sql).find()) {
      statements.clear();
    }
    statements.add(sql);
    if (COMMIT.matcher(sql).find()) {
      springAt(Set.copyOf(statements));
      statements.clear();
    } else if (ROLLBACK.matcher(sql).find()) {
      statements.clear();
    }
  }

  private void springAt(Set<String> transaction) {
    for (CommitTrap trap : traps) {
      if (sprung == null && trap.springs(transaction)) {
        sprung = trap;
        committed = transaction;
        if (trap.kind() == CommitTrap.Kind.CUT_BEFORE) {
          held = true;
          tell();
        }
      }
    }
  }

  /** The server is asked to answer: a COMMIT that is to be done is on its way with this. */
  private void ask() {
    if (sprung != null && !held) {
      held = true;
      answerTo = asked;
    }
  }

  private synchronized Tap.Verdict takeFromServer(byte[] chunk, int length) {
    if (unseen) {
      return new Tap.Verdict(ByteBuffer.wrap(chunk, 0, length), false);
    }
    fromServer.add(chunk, length);
    ByteArrayOutputStream onwards = new ByteArrayOutputStream(length);
    while (encryptionRequests > 0 && !unseen) {
      Byte reply = fromServer.nextByte();
      if (reply == null) {
        return verdict(onwards, false);
      }
      encryptionRequests--;
      onwards.write(reply);
      unseen = reply != 'N';
    }
    if (unseen) {
      onwards.writeBytes(fromServer.rest());
      return verdict(onwards, false);
    }
    for (Frame frame = fromServer.next(true); frame != null; frame = fromServer.next(true)) {
      if (sprung == null) {
        onwards.writeBytes(frame.whole().array());
      }
      switch (frame.type()) {
        case 'C' -> answer = frame.text();
        case 'E' -> answer = sqlState(frame);
        case 'Z' -> answered++;
        default -> {
          // Not the end of anything.
        }
      }
      if (answered >= answerTo) {
        tell();
        return verdict(onwards, true);
      }
    }
    return verdict(onwards, false);
  }

  private void tell() {
    CommitTrap trap = sprung;
    if (trap != null) {
      boolean heard = answered >= answerTo;
      trap.sprung(
          new CommitTrap.Outcome(trap.kind(), clock.instant(), heard ? answer : "none", committed));
    }
  }

  private static String sqlState(Frame error) {
    while (error.body().get() != 'C') {
      error.text();
    }
    return error.text();
  }

  private static Tap.Verdict verdict(ByteArrayOutputStream onwards, boolean cut) {
    return new Tap.Verdict(ByteBuffer.wrap(onwards.toByteArray()), cut);
  }

  private static Pattern pattern(String regex) {
    return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
  }
}
