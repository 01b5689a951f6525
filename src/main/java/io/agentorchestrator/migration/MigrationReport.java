package io.agentorchestrator.migration;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What came of the records, counted, and a line of JSON in a file for each that was not taken over
 * as it was. No line holds a value of a record. Not thread-safe.
 */
public final class MigrationReport implements AutoCloseable {

  /** What became of a record. */
  public enum Outcome {
    /** It is here now. */
    IMPORTED,
    /** It was here, had changed there, and is here as it is now. */
    UPDATED,
    /** It is here as it is there. */
    UNCHANGED,
    /** It could not be taken over. */
    REFUSED,
    /** It is here and another than there; it stays as it is. */
    CONFLICT,
    /** It is here, but not as it was there; counted besides. */
    NOTED,
    /** It was compared, and is not what it should be. */
    DIFFERENT,
    /** It was written back. */
    EXPORTED;

    /** The name in reports. */
    public String value() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Whether something is not as it should be, and somebody has to look. */
    public boolean isBad() {
      return this == REFUSED || this == CONFLICT || this == DIFFERENT;
    }
  }

  private final Path file;
  private final BufferedWriter lines;
  private final Map<OldKind, Map<Outcome, Long>> counts = new EnumMap<>(OldKind.class);
  private final Map<Reason, Long> reasons = new EnumMap<>(Reason.class);

  /** What was told of records that come again and again, by a number for each. */
  private final Set<Long> told = new HashSet<>();

  /**
   * Begins a report.
   *
   * @param file where its lines go; one that is there is written anew
   */
  public MigrationReport(Path file) throws IOException {
    this.file = file;
    this.lines = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
    for (OldKind kind : OldKind.values()) {
      counts.put(kind, new EnumMap<>(Outcome.class));
    }
  }

  /** Where the lines are. */
  public Path file() {
    return file;
  }

  /** How many records of a kind ended so. */
  public long count(OldKind kind, Outcome outcome) {
    return Objects.requireNonNull(counts.get(kind)).getOrDefault(outcome, 0L);
  }

  /** How many records had an end where somebody has to look. */
  public long bad() {
    return counts.values().stream()
        .flatMap(each -> each.entrySet().stream())
        .filter(each -> each.getKey().isBad())
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** How many lines of each reason there are, by its name. */
  public Map<String, Long> reasons() {
    Map<String, Long> named = new TreeMap<>();
    reasons.forEach((reason, count) -> named.put(reason.name(), count));
    return named;
  }

  void add(OldKind kind, Outcome outcome) {
    Objects.requireNonNull(counts.get(kind)).merge(outcome, 1L, Long::sum);
  }

  /** Tells of a record with a note; the record is counted by {@link #add}. */
  void tell(OldKind kind, String id, Outcome outcome, Note note) {
    reasons.merge(note.reason(), 1L, Long::sum);
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("outcome", outcome.value());
    line.put("kind", kind.value());
    line.put("id", id);
    line.put("reason", note.reason().name());
    line.put("field", note.field().isEmpty() ? null : note.field());
    line.put("message", note.message());
    try {
      lines.write(OldJson.text(line));
      lines.newLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Counts and tells of a record once: while the store is followed the same record comes again and
   * again.
   *
   * @param content a number that changes with the record
   */
  void addOnce(OldKind kind, String id, Outcome outcome, Note note, long content) {
    if (told.add(content ^ Objects.hash(id, kind.value(), note.reason().name()))) {
      add(kind, outcome);
      tell(kind, id, outcome, note);
    }
  }

  /** Puts what was told into the file. */
  void flush() {
    try {
      lines.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
