package io.agentorchestrator.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.stream.EventWindow.Entry;
import io.agentorchestrator.stream.EventWindow.Follower;
import io.agentorchestrator.stream.EventWindow.Taken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventWindowTest {

  private static final Uuid TOPIC = Uuid.randomUuid();
  private static final EventFilter ALL = new EventFilter(Set.of(), null, null, null);
  private static final EventFilter NONE = new EventFilter(Set.of(), null, "nobody", null);
  private static final LogPosition START = LogPosition.of(TOPIC, 100, 200, 300);
  private static final Duration NOT_AT_ALL = Duration.ZERO;
  private static final Duration LONG = Duration.ofSeconds(30);

  private final List<StreamedEvent> log = new ArrayList<>();
  private LogPosition end = START;

  private static EventWindow window(int events, Duration patience) {
    return new EventWindow(START, events, 1 << 20, patience);
  }

  private Entry event(int partition, String type, int bytes) {
    StreamedEvent event =
        new StreamedEvent(
            partition, end.next(partition), type, "task", "entity", null, new byte[bytes]);
    log.add(event);
    end = end.with(partition, event.offset() + 1);
    return new Entry(end.id(), event);
  }

  private void append(EventWindow window, int... partitions) throws InterruptedException {
    for (int partition : partitions) {
      window.append(List.of(event(partition, "type", 10)), end);
    }
  }

  /** Appends so many to partition 1 on a thread of its own. */
  private CompletableFuture<Void> appending(EventWindow window, int count) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            for (int i = 0; i < count; i++) {
              append(window, 1);
            }
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static List<StreamedEvent> events(Taken taken) {
    return taken.entries().stream().map(Entry::event).toList();
  }

  private static LogPosition place(String id) {
    return LogPosition.parse(id, TOPIC).orElseThrow();
  }

  @Test
  void givesAFollowerWhatComesAfterItJoinedInOrder() throws Exception {
    EventWindow window = window(100, LONG);
    append(window, 0, 1, 0);
    Follower follower = window.join(end, ALL).orElseThrow();
    append(window, 2, 1, 1);

    Taken taken = window.take(follower, NOT_AT_ALL);

    assertThat(events(taken)).isEqualTo(log.subList(3, 6));
    assertThat(taken.id()).isEqualTo(end.id());
    assertThat(events(window.take(follower, NOT_AT_ALL))).isEmpty();
  }

  @Test
  void wakesAFollowerForWhatItWants() throws Exception {
    EventWindow window = window(100, LONG);
    Follower follower =
        window.join(end, new EventFilter(Set.of("wanted"), null, null, null)).orElseThrow();
    CompletableFuture<Taken> taken = inBackground(window, follower, LONG);
    append(window, 0, 1, 2);
    Entry wanted = event(1, "wanted", 10);
    window.append(List.of(event(0, "type", 10), wanted, event(2, "type", 10)), end);

    assertThat(taken.get().entries()).containsExactly(wanted);
  }

  @Test
  void tellsWhereToResumeThoughNothingWasWanted() throws Exception {
    EventWindow window = window(100, LONG);
    Follower follower = window.join(end, NONE).orElseThrow();
    append(window, 0, 1, 2);
    LogPosition behindMarkers = end.with(1, end.next(1) + 1);
    window.append(List.of(), behindMarkers);

    Taken taken = window.take(follower, Duration.ofMillis(1));

    assertThat(taken.entries()).isEmpty();
    assertThat(taken.id()).isEqualTo(behindMarkers.id());
  }

  /** From any place, however the partitions stand to each other. */
  @Test
  void letsAFollowerJoinWithoutAGapOrARepetition() throws Exception {
    Random random = new Random(11);
    for (int run = 0; run < 300; run++) {
      log.clear();
      end = START;
      EventWindow window = window(128, LONG);
      int before = random.nextInt(60);
      for (int i = 0; i < before; i++) {
        append(window, random.nextInt(3));
      }
      LogPosition from =
          LogPosition.of(
              TOPIC,
              random.nextLong(100, end.next(0) + 3),
              random.nextLong(200, end.next(1) + 3),
              random.nextLong(300, end.next(2) + 3));
      Follower follower = window.join(from, ALL).orElseThrow();
      for (int i = 0; i < 20; i++) {
        append(window, random.nextInt(3));
      }

      List<StreamedEvent> got = new ArrayList<>();
      LogPosition reached = from;
      for (Entry entry : window.take(follower, NOT_AT_ALL).entries()) {
        got.add(entry.event());
        reached = reached.with(entry.event().partition(), entry.event().offset() + 1);
        // What was sent until here, and nothing else, is before the place that the id tells.
        LogPosition told = place(entry.id());
        assertThat(told.covers(reached)).as("run %d: %s", run, told).isTrue();
        assertThat(
                log.stream().filter(each -> isAfter(each, from) && !isAfter(each, told)).toList())
            .as("run %d", run)
            .containsExactlyInAnyOrderElementsOf(got);
      }

      assertThat(got)
          .as("run %d", run)
          .isEqualTo(log.stream().filter(each -> isAfter(each, from)).toList());
      follower.close();
    }
  }

  private static boolean isAfter(StreamedEvent event, LogPosition place) {
    return event.offset() >= place.next(event.partition());
  }

  @Test
  void letsNobodyJoinWhoWouldMissSomething() throws Exception {
    EventWindow window = window(16, LONG);
    for (int i = 0; i < 40; i++) {
      append(window, 0);
    }

    assertThat(window.join(START.with(0, 123), ALL)).isEmpty();
    assertThat(window.join(START.with(1, 199), ALL)).isEmpty();
    assertThat(window.holdsWhatComesAfter(START.with(0, 130))).isFalse();
    assertThat(window.join(START.with(0, 134), ALL)).isPresent();
  }

  @Test
  void holdsNoMoreThanItMay() throws Exception {
    EventWindow window = new EventWindow(START, 1000, 1000, LONG);
    for (int i = 0; i < 100; i++) {
      window.append(List.of(event(0, "type", 100)), end);
    }

    // Half of the 10 that it holds, lest they are gone before the follower gets at them.
    assertThat(window.holdsWhatComesAfter(START.with(0, 195))).isTrue();
    assertThat(window.holdsWhatComesAfter(START.with(0, 194))).isFalse();
    window.append(List.of(event(0, "type", 5000)), end);
    assertThat(window.holdsWhatComesAfter(START.with(0, 200))).isTrue();
    assertThat(window.holdsWhatComesAfter(START.with(0, 199))).isFalse();
  }

  @Test
  void waitsForAFollowerThatIsAWindowBehind() throws Exception {
    EventWindow window = window(16, LONG);
    Follower follower = window.join(end, ALL).orElseThrow();
    CompletableFuture<Void> appended = appending(window, 1000);

    List<StreamedEvent> got = new ArrayList<>();
    while (got.size() < 1000) {
      Taken taken = window.take(follower, LONG);
      assertThat(taken.end()).isNull();
      got.addAll(events(taken));
    }

    appended.get();
    assertThat(got).isEqualTo(log);
  }

  @Test
  void dropsAFollowerThatKeepsTheOthersWaiting() throws Exception {
    EventWindow window = window(16, Duration.ofMillis(100));
    Follower slow = window.join(end, ALL).orElseThrow();
    Follower other = window.join(end, ALL).orElseThrow();
    List<StreamedEvent> got = new ArrayList<>();
    append(window, 0, 1);
    List<StreamedEvent> first = events(window.take(slow, NOT_AT_ALL));
    String resume = window.take(slow, NOT_AT_ALL).id();

    for (int i = 0; i < 50; i++) {
      append(window, i % 3);
      got.addAll(events(window.take(other, NOT_AT_ALL)));
    }
    Taken taken = window.take(slow, NOT_AT_ALL);

    assertThat(first).hasSize(2);
    assertThat(got).isEqualTo(log);
    assertThat(taken.end()).isEqualTo(StreamBreak.TOO_SLOW);
    assertThat(taken.entries()).isEmpty();
    assertThat(taken.id()).isEqualTo(resume);
  }

  /** Offsets that are no events' may be gone when it resumes. */
  @Test
  void dropsAFollowerWhereWhatNobodySeesIsBehindIt() throws Exception {
    EventWindow window = window(16, NOT_AT_ALL);
    Follower slow = window.join(end, ALL).orElseThrow();
    end = end.with(1, 250);
    window.append(List.of(), end);
    append(window, 0);
    window.take(slow, NOT_AT_ALL);
    String resume = end.id();
    for (int i = 0; i < 20; i++) {
      append(window, 0);
    }

    assertThat(window.take(slow, NOT_AT_ALL).id()).isEqualTo(resume);
  }

  @Test
  void doesNotTakeOneForSlowWhomNothingConcerns() throws Exception {
    EventWindow window = window(16, NOT_AT_ALL);
    Follower follower = window.join(end, NONE).orElseThrow();
    CompletableFuture<Taken> taken = inBackground(window, follower, LONG);
    for (int i = 0; i < 100; i++) {
      append(window, 1);
    }
    window.end(StreamBreak.REPLACED);

    assertThat(taken.get().end()).isEqualTo(StreamBreak.REPLACED);
    assertThat(taken.get().id()).isEqualTo(end.id());
  }

  @Test
  void waitsForNobodyWhoLeft() throws Exception {
    EventWindow window = window(16, LONG);
    Follower follower = window.join(end, ALL).orElseThrow();
    CompletableFuture<Void> appended = appending(window, 40);
    await().until(() -> window.position().next(1) >= 216);

    follower.close();

    appended.get();
    assertThat(window.position()).isEqualTo(end);
  }

  @Test
  void givesWhatThereIsBeforeItEnds() throws Exception {
    EventWindow window = window(100, LONG);
    Follower follower = window.join(end, ALL).orElseThrow();
    append(window, 0, 1);
    window.end(StreamBreak.OUT_OF_RANGE);

    Taken taken = window.take(follower, LONG);

    assertThat(events(taken)).isEqualTo(log);
    assertThat(taken.end()).isNull();
    assertThat(window.take(follower, LONG).end()).isEqualTo(StreamBreak.OUT_OF_RANGE);
  }

  @Test
  void keepsWhatFollowersNeedWhenItEndsWhileItIsFull() throws Exception {
    EventWindow window = window(16, LONG);
    Follower follower = window.join(end, ALL).orElseThrow();
    CompletableFuture<Void> appended = appending(window, 40);
    await().until(() -> window.position().next(1) >= 216);

    window.end(StreamBreak.REPLACED);

    appended.get();
    Taken taken = window.take(follower, LONG);
    assertThat(events(taken)).isEqualTo(log.subList(0, 16));
    assertThat(taken.id()).isEqualTo(START.with(1, 216).id());
    assertThat(window.take(follower, LONG).end()).isEqualTo(StreamBreak.REPLACED);
  }

  @Test
  void endsAtOnceWhereTheWorkerDoes() throws Exception {
    EventWindow window = window(100, LONG);
    Follower follower = window.join(end, ALL).orElseThrow();
    append(window, 0, 1);
    window.end(StreamBreak.STOPPING);

    Taken taken = window.take(follower, LONG);

    assertThat(taken.end()).isEqualTo(StreamBreak.STOPPING);
    assertThat(taken.id()).isEqualTo(START.id());
  }

  private static CompletableFuture<Taken> inBackground(
      EventWindow window, Follower follower, Duration patience) {
    CompletableFuture<Taken> taken = new CompletableFuture<>();
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    taken.complete(window.take(follower, patience));
                  } catch (InterruptedException e) {
                    taken.completeExceptionally(e);
                  }
                });
    await()
        .pollInterval(Duration.ofMillis(1))
        .until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    return taken;
  }
}
