package io.agentorchestrator.schema;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How something stands that the database should hold.
 *
 * @param object what
 * @param state how it stands
 * @param detail what is wrong with it, or null if its state says all
 */
public record SchemaFinding(SchemaObject object, State state, @Nullable String detail) {

  /** How it may stand. */
  public enum State {
    PRESENT,
    MISSING,
    /** There, and of no use. */
    BROKEN;

    /** Returns the word for it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static SchemaFinding of(SchemaObject object, boolean present) {
    return new SchemaFinding(object, present ? State.PRESENT : State.MISSING, null);
  }
}
