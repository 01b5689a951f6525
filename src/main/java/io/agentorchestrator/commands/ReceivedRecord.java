package io.agentorchestrator.commands;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record of a poll with what it turned out to be.
 *
 * @param record as it was received
 * @param decoded the command, or why it is none
 */
record ReceivedRecord(ConsumerRecord<byte[], byte[]> record, Decoded decoded) {}
