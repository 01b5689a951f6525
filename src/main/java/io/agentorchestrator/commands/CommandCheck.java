package io.agentorchestrator.commands;

import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.messages.Envelope;
import io.agentorchestrator.topics.TopicProperties;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What a worker would make of a message, asked before it is sent. It is decided by what decides in
 * the worker: so whoever asks hears of the same field and the same bound, and what passes here is
 * never dead-lettered there, as long as both are of one version.
 *
 * <p>Only what a command is by itself: whether the rules allow it shows when it is applied.
 */
public final class CommandCheck {

  private final CommandDecoder decoder;
  private final TopicProperties topics;

  /** Makes one for the topics of an installation. */
  public CommandCheck(TopicProperties topics) {
    this.decoder = new CommandDecoder(topics);
    this.topics = topics;
  }

  /** What a worker would make of it. */
  public sealed interface Verdict {

    /**
     * A command.
     *
     * @param topic where it belongs
     * @param envelope its attributes; the record's key is the subject
     */
    record Valid(String topic, Envelope envelope) implements Verdict {}

    /**
     * A dead letter.
     *
     * @param reason the kind
     * @param message which field and why; at most 1000 characters, none of them a control character
     */
    record Unreadable(DeadLetterReason reason, String message) implements Verdict {}
  }

  /**
   * Judges a message in structured mode.
   *
   * @param value the whole CloudEvent, as it would be sent
   */
  public Verdict check(byte[] value) {
    CommandType named = Identity.of(new String(value, StandardCharsets.UTF_8)).type();
    // Where the type cannot be told, it is that which is wrong, on any topic.
    String topic = named == null ? topics.taskCommands() : topic(named);
    Decoded decoded = decoder.decode(new ConsumerRecord<>(topic, 0, 0, new byte[0], value));
    return switch (decoded) {
      case Decoded.Valid valid -> new Verdict.Valid(topic, valid.envelope());
      case Decoded.Unreadable unreadable ->
          new Verdict.Unreadable(unreadable.reason(), unreadable.message());
    };
  }

  /** Judges a message that is longer than any command may be. */
  public static Verdict.Unreadable tooLarge(long bytes) {
    UnreadableException why = CommandDecoder.tooLarge(bytes);
    return new Verdict.Unreadable(why.reason(), why.getMessage());
  }

  /** The most bytes a command has. */
  public static int maxBytes() {
    return CommandDecoder.MAX_COMMAND_BYTES;
  }

  private String topic(CommandType type) {
    return switch (type.entityType()) {
      case AGENT, BULK_OPERATION -> topics.agentCommands();
      case TASK -> topics.taskCommands();
      case WORKFLOW -> topics.workflowCommands();
      case SERVICE -> throw new IllegalStateException("no command is about a service: " + type);
    };
  }
}
