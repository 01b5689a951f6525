package io.agentorchestrator.commands;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record of a poll with what it turned out to be.
 *
 * @param record as it was received
 * @param decoded the command, or why it is none
 * @param span its span, {@link CommandSpan#NONE} where nobody collects them
 */
record ReceivedRecord(ConsumerRecord<byte[], byte[]> record, Decoded decoded, CommandSpan span) {

  /** Returns the same record, taken for something else. */
  ReceivedRecord as(Decoded other) {
    return new ReceivedRecord(record, other, span);
  }
}
