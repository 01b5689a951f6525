package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.commands.Decoded.Valid;
import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.messages.Command.BulkAgents;
import io.agentorchestrator.messages.Command.BulkMode;
import io.agentorchestrator.messages.Command.Heartbeat;
import io.agentorchestrator.messages.ContentDigest;
import io.agentorchestrator.messages.Envelope;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PollCutsTest {

  private final ReceivedRecord plain = received(new Heartbeat());
  private final ReceivedRecord other = received(new Heartbeat());
  private final ReceivedRecord bulk = received(bulk());
  private final ReceivedRecord second = received(bulk());
  private final ReceivedRecord dead =
      new ReceivedRecord(
          Records.structured("agents", Records.heartbeat()),
          new Unreadable(DeadLetterReason.MALFORMED, "Broken.", Identity.NONE),
          CommandSpan.NONE);

  @Test
  void leavesWholeWhatNeedsNoTransactionOfItsOwn() {
    assertThat(PollCuts.of(List.of())).isEmpty();
    assertThat(PollCuts.of(List.of(plain, dead, other)))
        .containsExactly(List.of(plain, dead, other));
  }

  @Test
  void cutsAroundABulkOperationAndKeepsTheOrder() {
    assertThat(PollCuts.of(List.of(plain, dead, bulk, other)))
        .containsExactly(List.of(plain, dead), List.of(bulk), List.of(other));
    assertThat(PollCuts.of(List.of(bulk, second, plain)))
        .containsExactly(List.of(bulk), List.of(second), List.of(plain));
    assertThat(PollCuts.of(List.of(plain, bulk))).containsExactly(List.of(plain), List.of(bulk));
    assertThat(PollCuts.of(List.of(bulk))).containsExactly(List.of(bulk));
  }

  private static Command bulk() {
    return new BulkAgents(BulkAction.ACTIVATE, List.of(new UUID(1, 1)), null, BulkMode.ATOMIC);
  }

  private static ReceivedRecord received(Command command) {
    return new ReceivedRecord(
        Records.structured("agents", Records.heartbeat()),
        new Valid(envelope(command), command),
        CommandSpan.NONE);
  }

  private static Envelope envelope(Command command) {
    return new Envelope(
        "/tests",
        UUID.randomUUID().toString(),
        command.type(),
        new UUID(1, 2),
        "/tests",
        null,
        ContentDigest.of(new byte[0]));
  }
}
