package io.agentorchestrator.services;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;

/** A server for services to be monitored, each under a path of its own. They do as told. */
final class FakeService implements AutoCloseable {

  private final HttpServer server;
  private final Map<String, IntUnaryOperator> statuses = new ConcurrentHashMap<>();
  private final Map<String, List<Long>> asked = new ConcurrentHashMap<>();
  private final Map<String, Long> delays = new ConcurrentHashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  FakeService() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            String path = exchange.getRequestURI().getPath();
            List<Long> times = asked.computeIfAbsent(path, key -> new ArrayList<>());
            int number;
            synchronized (times) {
              times.add(System.nanoTime());
              number = times.size();
            }
            awaitDelay(path);
            exchange.sendResponseHeaders(
                statuses.getOrDefault(path, n -> 200).applyAsInt(number), -1);
          }
        });
    server.start();
  }

  private void awaitDelay(String path) {
    try {
      closed.await(delays.getOrDefault(path, 0L), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  String url(String path) {
    return "http://127.0.0.1:%d%s".formatted(server.getAddress().getPort(), path);
  }

  /** Answers with this status from now on. */
  void answer(String path, int status) {
    statuses.put(path, n -> status);
  }

  /** Answers with a status that depends on how often it was asked, from 1 on. */
  void answer(String path, IntUnaryOperator status) {
    statuses.put(path, status);
  }

  /** Takes so long from now on. */
  void delay(String path, long millis) {
    delays.put(path, millis);
  }

  /** When it was asked, by {@link System#nanoTime}. */
  List<Long> asked(String path) {
    List<Long> times = asked.computeIfAbsent(path, key -> new ArrayList<>());
    synchronized (times) {
      return List.copyOf(times);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }
}
