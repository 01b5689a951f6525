package io.agentorchestrator.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;

/** Carries the bytes of one direction of one connection, as its {@link Line} lets it. */
final class Pump {

  private static final int CHUNK = 64 * 1024;
  private static final long PER_SECOND = Duration.ofSeconds(1).toNanos();

  private final Line line;
  private final InputStream in;
  private final OutputStream out;
  private final Tap tap;
  private final Random random;

  private long slicedSince = -1;
  private int sliced;
  private volatile boolean lost;

  Pump(Line line, InputStream in, OutputStream out, Tap tap, Random random) {
    this.line = line;
    this.in = in;
    this.out = out;
    this.tap = tap;
    this.random = random;
  }

  /** Why a pump ended. */
  enum End {
    /** The sender ended its side in order; the receiver is to learn that. */
    FINISHED,
    /** The sender is gone. */
    SENDER_GONE,
    /** The receiver is gone. */
    RECEIVER_GONE,
    /** The connection is to be cut. */
    CUT
  }

  /** Whether bytes were swallowed, and the line does so no longer: nothing may follow them. */
  boolean isBroken() {
    return lost && !(line.state().fault() instanceof Fault.BlackHole);
  }

  /** Carries until an end, which the receiver is not told here. */
  End run() throws InterruptedException {
    byte[] chunk = new byte[CHUNK];
    while (true) {
      int length;
      try {
        length = in.read(chunk);
      } catch (IOException e) {
        return End.SENDER_GONE;
      }
      if (length < 0) {
        return End.FINISHED;
      }
      Tap.Verdict verdict = tap.take(chunk, length);
      try {
        hand(verdict.bytes());
      } catch (IOException e) {
        return End.RECEIVER_GONE;
      }
      if (verdict.cut() || isBroken()) {
        return End.CUT;
      }
    }
  }

  private void hand(ByteBuffer bytes) throws IOException, InterruptedException {
    while (bytes.hasRemaining() && !isBroken()) {
      Line.State now = line.state();
      int left = bytes.remaining();
      int some =
          switch (now.fault()) {
            case Fault.Pass pass -> left;
            case Fault.Stall stall -> {
              line.awaitChange(now);
              yield 0;
            }
            case Fault.BlackHole blackHole -> {
              lost = true;
              bytes.position(bytes.limit());
              yield 0;
            }
            case Fault.Delay delay ->
                line.changesWithin(delay.fixed().plus(upTo(delay.jitter())), now) ? 0 : left;
            case Fault.Slice slice -> isToSlice(slice, now) ? 1 : left;
            case Fault.Throttle throttle -> {
              int most = Math.min(left, Math.max(1, throttle.bytesPerSecond() / 20));
              Duration time = Duration.ofNanos(PER_SECOND * most / throttle.bytesPerSecond());
              yield line.changesWithin(time, now) ? 0 : most;
            }
          };
      if (some > 0) {
        out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), some);
        bytes.position(bytes.position() + some);
        line.carried(some);
        if (now.fault() instanceof Fault.Slice && some == 1) {
          Line.moment();
        }
      }
    }
  }

  private boolean isToSlice(Fault.Slice slice, Line.State now) {
    if (slicedSince != now.number()) {
      slicedSince = now.number();
      sliced = 0;
    }
    return sliced++ < slice.bytes();
  }

  private Duration upTo(Duration jitter) {
    return jitter.isZero() ? jitter : Duration.ofNanos(random.nextLong(jitter.toNanos() + 1));
  }
}
