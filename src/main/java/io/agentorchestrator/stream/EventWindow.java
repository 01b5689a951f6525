package io.agentorchestrator.stream;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The newest events of the log, kept once for all readers: however many there are and however
 * slowly they read, this is the memory that it takes. Each reader is a {@link Follower} somewhere
 * in it; one who waits at the end is woken by what it wants, and by nothing else.
 *
 * <p>Whoever appends waits, when the window is full, for followers that have not passed what has to
 * go, so that a burst can be larger than the window. But for each no longer than the patience says,
 * in all until it has reached the end: then the follower is dropped, and the others go on.
 *
 * <p>A follower may join anywhere in the window, from a place in the log that it has reached
 * otherwise. Its place and the window's need not be of the same moment: of each partition it is
 * sent what comes behind its own place, and until all have come that far, ids tell the later of
 * both.
 *
 * <p>It is a long class, for all of this happens under one lock.
 */
final class EventWindow {

  /** What a follower holds of the window while it writes. */
  private static final int TAKEN_EVENTS = 128;

  private static final long TAKEN_BYTES = 64 * 1024;

  private final int maxEvents;
  private final long maxBytes;
  private final long patienceNanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition followersMoved = lock.newCondition();
  private final Set<Follower> followers = new LinkedHashSet<>();

  /** By their number, modulo its length. */
  private final @Nullable Entry[] entries;

  /** The number of the oldest one kept. */
  private long first;

  /** The number of the next one. */
  private long end;

  private long bytes;

  /** Before the first event of all. */
  private final LogPosition start;

  /** Before the oldest event kept. */
  private String firstId;

  /** Behind the newest. */
  private LogPosition position;

  private String positionId;

  /** No follower needs what is before; there may be more that nobody needs. */
  private long needed;

  private boolean roomWanted;
  private @Nullable StreamBreak broken;

  /**
   * An event with the id that tells the place behind it.
   *
   * @param id where the log is to be read on
   */
  record Entry(String id, StreamedEvent event) {}

  /**
   * What a follower is given.
   *
   * @param entries what it is to be sent; none where there was nothing for so long
   * @param id where it stands then
   * @param end why it gets no more; null where it does
   */
  record Taken(List<Entry> entries, String id, @Nullable StreamBreak end) {}

  EventWindow(LogPosition start, int maxEvents, long maxBytes, Duration patience) {
    this.start = start;
    this.firstId = start.id();
    this.position = start;
    this.positionId = firstId;
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
    this.patienceNanos = patience.toNanos();
    this.entries = new @Nullable Entry[maxEvents];
  }

  /** A reader in the window. Guarded by the window's lock. */
  final class Follower implements AutoCloseable {

    private final EventFilter filter;
    private final Condition something = lock.newCondition();

    /** The number of the event that it sees next. */
    private long next;

    /** How far it had come otherwise, until all that is before is behind it here, too. */
    private @Nullable LogPosition floor;

    /** As far as it is here; kept while there is a floor. */
    private LogPosition reached;

    private boolean waiting;
    private long waitedForNanos;

    /** From where to resume, once it was dropped. */
    private @Nullable String droppedAt;

    private Follower(EventFilter filter, long next, LogPosition reached, LogPosition floor) {
      this.filter = filter;
      this.next = next;
      this.reached = reached;
      this.floor = reached.covers(floor) ? null : floor;
    }

    private void reach(LogPosition place, @Nullable LogPosition floor) {
      this.reached = place;
      this.floor = floor == null || place.covers(floor) ? null : floor;
    }

    /** Passes over what it does not want; true if there is something that it does. */
    private boolean isAtWanted() {
      while (next < end) {
        StreamedEvent event = entry(next).event();
        if (filter.wants(event)
            && (floor == null || event.offset() >= floor.next(event.partition()))) {
          return true;
        }
        advance();
      }
      reach(position, floor);
      waitedForNanos = 0;
      return false;
    }

    private void advance() {
      StreamedEvent event = entry(next++).event();
      if (floor != null) {
        reach(reached.with(event.partition(), event.offset() + 1), floor);
      }
    }

    private Entry take() {
      Entry entry = entry(next);
      advance();
      return floor == null ? entry : new Entry(id(), entry.event());
    }

    /** From where to resume behind what it has taken and passed over. */
    private String id() {
      if (floor != null) {
        return reached.max(floor).id();
      }
      return next == end ? positionId : next == first ? firstId : entry(next - 1).id();
    }

    /** Leaves the window. */
    @Override
    public void close() {
      lock.lock();
      try {
        leave(this);
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Joins.
   *
   * @param from as far as the reader has come; not behind the end of the topic
   * @return empty if the window does not hold what comes then, or might not for much longer
   */
  Optional<Follower> join(LogPosition from, EventFilter filter) {
    lock.lock();
    try {
      Joint joint = joint(from);
      if (joint == null) {
        return Optional.empty();
      }
      Follower follower = new Follower(filter, joint.next(), joint.place(), from);
      followers.add(follower);
      needed = Math.min(needed, joint.next());
      return Optional.of(follower);
    } finally {
      lock.unlock();
    }
  }

  /** Whether somebody who has come so far could {@link #join}. */
  boolean holdsWhatComesAfter(LogPosition from) {
    lock.lock();
    try {
      return joint(from) != null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Where a reader joins.
   *
   * @param next the number of the event that it sees next
   * @param place the place before that
   */
  private record Joint(long next, LogPosition place) {}

  /** Goes back from the end to where nothing is missing. */
  private @Nullable Joint joint(LogPosition from) {
    long next = end;
    LogPosition place = position;
    long oldest = first == 0 ? 0 : first + (end - first) / 2;
    while (next > oldest && !from.covers(place)) {
      StreamedEvent event = entry(--next).event();
      place = place.with(event.partition(), event.offset());
    }
    if (from.covers(place)) {
      return new Joint(next, place);
    }
    return next == 0 && from.covers(start) ? new Joint(0, start) : null;
  }

  /**
   * Waits for what a follower wants.
   *
   * @param patience for how long, if there is nothing
   */
  Taken take(Follower follower, Duration patience) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long nanos = patience.toNanos();
      while (broken == null && follower.droppedAt == null && !follower.isAtWanted() && nanos > 0) {
        follower.waiting = true;
        try {
          nanos = follower.something.awaitNanos(nanos);
        } finally {
          follower.waiting = false;
        }
      }
      if (follower.droppedAt != null) {
        return new Taken(List.of(), follower.droppedAt, StreamBreak.TOO_SLOW);
      }
      if (broken == StreamBreak.STOPPING) {
        return new Taken(List.of(), follower.id(), broken);
      }
      List<Entry> taken = new ArrayList<>();
      long size = 0;
      while (taken.size() < TAKEN_EVENTS && size < TAKEN_BYTES && follower.isAtWanted()) {
        Entry entry = follower.take();
        taken.add(entry);
        size += entry.event().body().length;
      }
      if (roomWanted) {
        followersMoved.signal();
      }
      // What is there is sent yet; the stream breaks behind it.
      return new Taken(taken, follower.id(), taken.isEmpty() ? broken : null);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds events. May wait for followers, who see those that are added already; adds no more once
   * the window has ended.
   *
   * @param added in the order of each partition
   * @param after the place behind them, and behind what nobody sees
   */
  void append(List<Entry> added, LogPosition after) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      for (Entry entry : added) {
        if (!hasRoomFor(entry.event().body().length)) {
          return;
        }
        entries[index(end)] = entry;
        end++;
        bytes += entry.event().body().length;
        // As far as its own event: ids of a place between must not tell of more.
        position = position.with(entry.event().partition(), entry.event().offset() + 1);
        positionId = entry.id();
      }
      if (!after.equals(position)) {
        position = after;
        positionId = after.id();
      }
      wakeThoseWhoWantIt();
    } finally {
      lock.unlock();
    }
  }

  /** Makes room; false where it ended instead, and followers yet need what is there. */
  private boolean hasRoomFor(int size) throws InterruptedException {
    while (end > first && (end - first == maxEvents || bytes + size > maxBytes)) {
      if (first >= needed) {
        awaitFollowersBehind(first);
      }
      if (broken != null) {
        return false;
      }
      Entry oldest = entry(first);
      firstId = oldest.id();
      bytes -= oldest.event().body().length;
      entries[index(first)] = null;
      first++;
    }
    return broken == null;
  }

  private void awaitFollowersBehind(long number) throws InterruptedException {
    wakeThoseWhoWantIt();
    while (broken == null) {
      List<Follower> late = followers.stream().filter(each -> each.next <= number).toList();
      List<Follower> tooLate =
          late.stream().filter(each -> each.waitedForNanos >= patienceNanos).toList();
      tooLate.forEach(this::drop);
      if (late.size() == tooLate.size()) {
        needed = followers.stream().mapToLong(each -> each.next).min().orElse(end);
        return;
      }
      long longest = late.stream().mapToLong(each -> each.waitedForNanos).max().orElse(0);
      long since = System.nanoTime();
      roomWanted = true;
      try {
        followersMoved.awaitNanos(patienceNanos - Math.min(longest, patienceNanos - 1));
      } finally {
        roomWanted = false;
      }
      long waited = System.nanoTime() - since;
      late.forEach(each -> each.waitedForNanos += waited);
    }
  }

  private void drop(Follower follower) {
    follower.droppedAt = follower.id();
    follower.something.signal();
    followers.remove(follower);
  }

  private void leave(Follower follower) {
    followers.remove(follower);
    if (roomWanted) {
      followersMoved.signal();
    }
  }

  private void wakeThoseWhoWantIt() {
    for (Follower follower : followers) {
      if (follower.waiting && follower.isAtWanted()) {
        follower.waiting = false;
        follower.something.signal();
      }
    }
  }

  /** Ends it for all followers, when they have taken what there is. */
  void end(StreamBreak reason) {
    lock.lock();
    try {
      if (broken == null) {
        broken = reason;
      }
      followers.forEach(each -> each.something.signal());
      followersMoved.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Why it ended, or null. */
  @Nullable StreamBreak broken() {
    lock.lock();
    try {
      return broken;
    } finally {
      lock.unlock();
    }
  }

  /** Behind the newest event. */
  LogPosition position() {
    lock.lock();
    try {
      return position;
    } finally {
      lock.unlock();
    }
  }

  private Entry entry(long number) {
    return Objects.requireNonNull(entries[index(number)]);
  }

  private int index(long number) {
    return (int) (number % maxEvents);
  }
}
