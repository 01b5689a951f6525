package io.agentorchestrator.faults;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One client's connection through a proxy, and the one to the server that belongs to it. */
final class Link {

  private static final int CONNECT_MILLIS = 5000;

  private final Socket client;
  private final Socket server = new Socket();
  private final Ends ends;
  private volatile @Nullable Pump toServer;
  private volatile @Nullable Pump toClient;
  private volatile @Nullable Thread first;
  private volatile @Nullable Thread second;
  private boolean reset;

  /**
   * What a link needs of its proxy.
   *
   * @param seed of its jitter
   */
  record Ends(InetSocketAddress server, Line toServer, Line toClient, long seed) {}

  Link(Socket client, Ends ends) {
    this.client = client;
    this.ends = ends;
  }

  /** Carries both ways until both ends have ended, or it is cut. */
  void run(Tap clientTap, Tap serverTap, Executor threads) throws InterruptedException {
    first = Thread.currentThread();
    try {
      if (isReset() || !connect()) {
        return;
      }
      Pump up =
          new Pump(
              ends.toServer(),
              client.getInputStream(),
              server.getOutputStream(),
              clientTap,
              new Random(ends.seed()));
      Pump down =
          new Pump(
              ends.toClient(),
              server.getInputStream(),
              client.getOutputStream(),
              serverTap,
              new Random(~ends.seed()));
      toServer = up;
      toClient = down;
      CountDownLatch back = new CountDownLatch(1);
      threads.execute(
          () -> {
            second = Thread.currentThread();
            try {
              carry(down, ends.toClient(), ends.toServer(), client);
            } finally {
              back.countDown();
            }
          });
      carry(up, ends.toServer(), ends.toClient(), server);
      back.await();
    } catch (IOException e) {
      // Cut before it began.
    } finally {
      close();
    }
  }

  /** Cuts it: both ends get a reset, and what is under way is lost. */
  void reset() {
    synchronized (this) {
      if (!reset) {
        reset = true;
        reset(client);
        reset(server);
      }
    }
    interrupt(first);
    interrupt(second);
  }

  /** Cuts it if it lost something in a black hole that is over. */
  void resetIfBroken() {
    Pump up = toServer;
    Pump down = toClient;
    if ((up != null && up.isBroken()) || (down != null && down.isBroken())) {
      reset();
    }
  }

  private boolean connect() throws IOException, InterruptedException {
    Line.State now = ends.toServer().state();
    if (!now.flows()) {
      ends.toServer().awaitFlow();
      if (now.fault() instanceof Fault.BlackHole) {
        reset();
        return false;
      }
    }
    try {
      server.connect(ends.server(), CONNECT_MILLIS);
      server.setTcpNoDelay(true);
      client.setTcpNoDelay(true);
      return true;
    } catch (IOException e) {
      // Of no server, the client learns as of all else: when it can.
      ends.toClient().awaitFlow();
      reset();
      return false;
    }
  }

  private void carry(Pump pump, Line line, Line back, Socket receiver) {
    if (isReset()) {
      return; // Before anybody knew which thread to wake.
    }
    try {
      Pump.End end = pump.run();
      switch (end) {
        case FINISHED -> {
          boolean hole = line.state().fault() instanceof Fault.BlackHole;
          line.awaitFlow();
          if (hole || pump.isBroken()) {
            reset();
          } else {
            receiver.shutdownOutput();
          }
        }
        case SENDER_GONE -> {
          line.awaitFlow();
          reset();
        }
        case RECEIVER_GONE -> {
          back.awaitFlow();
          reset();
        }
        case CUT -> reset();
      }
    } catch (IOException e) {
      reset();
    } catch (InterruptedException e) {
      // Cut, or the proxy ends.
      reset();
    } catch (RuntimeException | Error e) {
      reset();
      throw e;
    }
  }

  private synchronized boolean isReset() {
    return reset;
  }

  private static void interrupt(@Nullable Thread thread) {
    if (thread != null && thread != Thread.currentThread()) {
      thread.interrupt();
    }
  }

  private static void reset(Socket socket) {
    try {
      // Closed so, it sends a reset and no end.
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // Closed already.
    }
    close(socket);
  }

  private void close() {
    close(client);
    close(server);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Nothing is left to be closed.
    }
  }
}
