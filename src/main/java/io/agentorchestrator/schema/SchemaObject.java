package io.agentorchestrator.schema;

import java.util.Comparator;
import java.util.Locale;

/**
 * Something that the database holds for the worker.
 *
 * @param kind what it is
 * @param name how PostgreSQL calls it
 */
public record SchemaObject(Kind kind, String name) {

  /** What it may be. */
  public enum Kind {
    EXTENSION,
    TABLE,
    INDEX,
    SEQUENCE,
    VIEW,
    FUNCTION,
    TRIGGER,
    PUBLICATION,
    /** A table that the publication tells of. */
    PUBLISHED,
    /** A month of the log. */
    PARTITION,
    MIGRATION,
    SLOT;

    /** Returns the word for it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** By kind, then by name. */
  static final Comparator<SchemaObject> ORDER =
      Comparator.comparing(SchemaObject::kind).thenComparing(SchemaObject::name);

  /** Reads what {@link #toString()} writes. */
  static SchemaObject parse(String line) {
    String[] words = line.split(" ", 2);
    return new SchemaObject(Kind.valueOf(words[0].toUpperCase(Locale.ROOT)), words[1]);
  }

  @Override
  public String toString() {
    return kind.word() + " " + name;
  }
}
