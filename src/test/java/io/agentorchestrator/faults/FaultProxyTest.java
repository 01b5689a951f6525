package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.faults.FaultProxy.Direction;
import io.agentorchestrator.local.PostgresAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each fault, on real sockets. */
class FaultProxyTest {

  private static final int SHORT_MILLIS = 150;
  private static final int LONG_MILLIS = 10_000;

  private final ServerSocket listener = listen();
  private final BlockingQueue<Socket> taken = new LinkedBlockingQueue<>();
  private final FaultProxy proxy = FaultProxy.start(listener.getLocalPort(), 1);

  FaultProxyTest() {
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                while (true) {
                  taken.add(listener.accept());
                }
              } catch (IOException e) {
                // The test is over.
              }
            });
  }

  /** A client's connection, and the server's end of it. */
  private record Pair(Socket client, Socket server) {}

  @AfterEach
  void closes() throws IOException {
    proxy.close();
    listener.close();
    assertThat(proxy.connections()).isZero();
  }

  @Test
  void passesBytesAndTheEndOfEachSide() throws Exception {
    Pair pair = connect();
    byte[] much = new byte[3_000_000];
    new Random(2).nextBytes(much);

    Thread writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    pair.client().getOutputStream().write(much);
                    pair.client().shutdownOutput();
                  } catch (IOException e) {
                    throw new IllegalStateException(e);
                  }
                });

    assertThat(pair.server().getInputStream().readAllBytes()).isEqualTo(much);
    writer.join();
    pair.server().getOutputStream().write(7);
    pair.server().close();
    assertThat(pair.client().getInputStream().readAllBytes()).containsExactly(7);
    assertThat(proxy.carried(Direction.TO_SERVER)).isEqualTo(much.length);
    assertThat(proxy.carried(Direction.TO_CLIENT)).isEqualTo(1);
    await().until(() -> proxy.connections() == 0);
  }

  @Test
  void passesAResetOnToTheOtherSide() throws Exception {
    Pair pair = connect();

    pair.server().setSoLinger(true, 0);
    pair.server().close();

    assertReset(pair.client());
  }

  @Test
  void cutsBothSidesWithAReset() throws Exception {
    Pair pair = connect();

    assertThat(proxy.cut()).isEqualTo(1);

    assertReset(pair.client());
    assertReset(pair.server());
    assertEchoes(connect());
  }

  @Test
  void takesConnectionsAndCutsThemWhileItRejects() throws Exception {
    Pair pair = connect();

    proxy.reject();

    assertReset(pair.client());
    assertReset(socket());
    assertThat(taken).isEmpty();
    proxy.back();
    assertEchoes(connect());
  }

  @Test
  void refusesConnectionsWhileItIsAway() throws Exception {
    Pair pair = connect();

    proxy.away();

    assertReset(pair.server());
    assertThatThrownBy(this::socket).isInstanceOf(ConnectException.class);
    proxy.back();
    assertEchoes(connect());
  }

  @Test
  void cutsAClientWhoseServerIsAway() throws Exception {
    listener.close();

    assertReset(socket());
  }

  @Test
  void sendsConnectionsToComeToAnotherServer() throws Exception {
    Pair before = connect();
    try (ServerSocket other = listen()) {
      proxy.redirect(new PostgresAddress("127.0.0.1", other.getLocalPort(), "any", "any"));

      Socket client = socket();
      Socket server = other.accept();

      assertEchoes(new Pair(client, server));
      assertEchoes(before);
      assertThat(taken).isEmpty();
    }
  }

  @Test
  void keepsEverythingOverAStall() throws Exception {
    Pair pair = connect();
    proxy.stall();

    pair.client().getOutputStream().write(1);
    pair.server().getOutputStream().write(2);
    pair.server().shutdownOutput();
    assertSilent(pair.server());
    assertSilent(pair.client());
    Socket late = socket();
    late.getOutputStream().write(3);
    assertThat(taken.poll(SHORT_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    proxy.pass();

    assertThat(read(pair.server())).isEqualTo(1);
    assertThat(read(pair.client())).isEqualTo(2);
    assertThat(read(pair.client())).isEqualTo(-1);
    assertThat(read(server())).isEqualTo(3);
  }

  @Test
  void stallsOneDirectionAlone() throws Exception {
    Pair pair = connect();
    proxy.stall(Direction.TO_CLIENT);

    pair.client().getOutputStream().write(1);
    pair.server().getOutputStream().write(2);

    assertThat(read(pair.server())).isEqualTo(1);
    assertSilent(pair.client());
    proxy.pass(Direction.TO_CLIENT);
    assertThat(read(pair.client())).isEqualTo(2);
  }

  @Test
  void saysNothingInABlackHoleAndCutsWhatLostBytesWhenItIsOver() throws Exception {
    Pair silent = connect();
    Pair pair = connect();
    Pair closed = connect();
    proxy.blackHole();

    pair.client().getOutputStream().write(new byte[3_000_000]);
    closed.client().close();
    Socket late = socket();
    assertSilent(pair.server());
    assertSilent(closed.server());
    assertSilent(pair.client());
    late.getOutputStream().write(1);
    assertSilent(late);
    assertThat(taken).isEmpty();
    proxy.pass();

    assertReset(pair.client());
    assertReset(pair.server());
    assertReset(closed.server());
    assertReset(late);
    assertEchoes(silent);
    assertEchoes(connect());
  }

  @Test
  void swallowsAnswersAlone() throws Exception {
    Pair pair = connect();
    proxy.blackHole(Direction.TO_CLIENT);

    pair.client().getOutputStream().write(1);
    assertThat(read(pair.server())).isEqualTo(1);
    pair.server().getOutputStream().write(2);
    assertSilent(pair.client());
    pair.client().getOutputStream().write(3);
    assertThat(read(pair.server())).isEqualTo(3);
  }

  @Test
  void delaysEachChunkAndNoLongerWhenThatIsOver() throws Exception {
    Pair pair = connect();
    proxy.delay(Duration.ofMillis(200), Duration.ofMillis(50), Direction.TO_SERVER);

    long start = System.nanoTime();
    pair.client().getOutputStream().write(1);
    assertThat(read(pair.server())).isEqualTo(1);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(199));

    proxy.delay(Duration.ofHours(1), Duration.ZERO);
    pair.client().getOutputStream().write(2);
    assertSilent(pair.server());
    proxy.pass();
    assertThat(read(pair.server())).isEqualTo(2);
  }

  @Test
  void slicesAsManyBytesAsSaid() throws Exception {
    Pair pair = connect();
    byte[] sent = new byte[500];
    new Random(3).nextBytes(sent);
    proxy.slice(300, Direction.TO_SERVER);

    pair.client().getOutputStream().write(sent);

    byte[] read = new byte[sent.length];
    int reads = 0;
    for (int length = 0; length < sent.length; reads++) {
      length += pair.server().getInputStream().read(read, length, sent.length - length);
    }
    assertThat(read).isEqualTo(sent);
    assertThat(reads).as("reads of 500 bytes, 300 of them one by one").isGreaterThan(50);
    pair.client().getOutputStream().write(sent);
    assertThat(pair.server().getInputStream().read(read)).as("at a time, later").isEqualTo(500);
  }

  @Test
  void narrowsTheLine() throws Exception {
    Pair pair = connect();
    proxy.throttle(100_000);

    long start = System.nanoTime();
    pair.client().getOutputStream().write(new byte[30_000]);
    pair.client().shutdownOutput();

    assertThat(pair.server().getInputStream().readAllBytes()).hasSize(30_000);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(299));
  }

  @Test
  void closesInTheMiddleOfEveryFault() throws Exception {
    Pair stalled = connect();
    stalled.client().getOutputStream().write(new byte[100_000]);
    proxy.stall();
    stalled.client().getOutputStream().write(1);
    socket();
    proxy.blackHole();
    socket();
    proxy.delay(Duration.ofHours(1), Duration.ZERO);
    Pair delayed = connect();
    delayed.client().getOutputStream().write(1);

    proxy.close();

    assertReset(delayed.client());
    assertReset(stalled.server());
  }

  private Pair connect() throws Exception {
    return new Pair(socket(), server());
  }

  private Socket server() throws InterruptedException {
    Socket server = taken.poll(LONG_MILLIS, TimeUnit.MILLISECONDS);
    assertThat(server).as("a connection at the server").isNotNull();
    return server;
  }

  private Socket socket() throws IOException {
    return new Socket(InetAddress.ofLiteral("127.0.0.1"), proxy.port());
  }

  private static ServerSocket listen() {
    try {
      ServerSocket socket = new ServerSocket();
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
      return socket;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void assertEchoes(Pair pair) throws IOException {
    byte[] sent = {1, 2, 3};
    pair.client().getOutputStream().write(sent);
    assertThat(pair.server().getInputStream().readNBytes(3)).isEqualTo(sent);
    pair.server().getOutputStream().write(sent);
    assertThat(pair.client().getInputStream().readNBytes(3)).isEqualTo(sent);
  }

  private static int read(Socket socket) throws IOException {
    socket.setSoTimeout(LONG_MILLIS);
    return socket.getInputStream().read();
  }

  private static void assertSilent(Socket socket) throws IOException {
    socket.setSoTimeout(SHORT_MILLIS);
    InputStream in = socket.getInputStream();
    assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
  }

  private static void assertReset(Socket socket) throws IOException {
    socket.setSoTimeout(LONG_MILLIS);
    InputStream in = socket.getInputStream();
    assertThatThrownBy(() -> Arrays.hashCode(in.readAllBytes()))
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
  }
}
