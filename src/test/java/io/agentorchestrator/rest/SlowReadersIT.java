package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Readers who ask for the largest pages, and hardly take them. */
class SlowReadersIT {

  private static final int ROOM_OF_A_PAGE = 7 << 20;

  @Test
  void holdNoMoreMemoryThanAllAnswersMayAndGiveItBack() throws Exception {
    try (LocalWorker worker = LocalWorker.startAtRest(Site.fresh())) {
      LargeTasks.insert(worker.bean(JdbcClient.class), "large", null, 20);
      AnswerBudget budget = worker.bean(AnswerBudget.class);
      long readersWithRoom = budget.bytes() / ROOM_OF_A_PAGE;
      ListAppender<ILoggingEvent> log = listen();
      List<Socket> readers = new ArrayList<>();
      List<String> answers = new ArrayList<>();
      try {
        for (int i = 0; i < readersWithRoom + 3; i++) {
          Socket reader = ask(worker.rest());
          readers.add(reader);
          answers.add(statusLine(reader));
        }

        assertThat(answers.getFirst()).isEqualTo("HTTP/1.1 200 ");
        assertThat(answers.getLast()).isEqualTo("HTTP/1.1 503 ");
        assertThat(budget.free()).isBetween(0L, (long) ROOM_OF_A_PAGE + (1 << 20));
      } finally {
        for (Socket reader : readers) {
          reader.close();
        }
      }
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(budget.free()).isEqualTo(budget.bytes()));
      try (Socket reader = ask(worker.rest())) {
        assertThat(statusLine(reader)).isEqualTo("HTTP/1.1 200 ");
      }
      // That they went away is nothing to tell of.
      assertThat(log.list).isEmpty();
      ((Logger) LoggerFactory.getLogger(ProblemDetails.class)).detachAppender(log);
    }
  }

  private static ListAppender<ILoggingEvent> listen() {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    ((Logger) LoggerFactory.getLogger(ProblemDetails.class)).addAppender(log);
    return log;
  }

  private static Socket ask(URI rest) throws IOException {
    Socket reader = new Socket();
    // It has room for little, so that the rest stays where it comes from.
    reader.setReceiveBufferSize(4 << 10);
    reader.setSoTimeout(30_000);
    reader.connect(new InetSocketAddress(rest.getHost(), rest.getPort()));
    reader
        .getOutputStream()
        .write(
            "GET /api/v2/tasks?limit=200 HTTP/1.1\r\nHost: localhost\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
    return reader;
  }

  private static String statusLine(Socket reader) throws IOException {
    return new BufferedReader(
            new InputStreamReader(reader.getInputStream(), StandardCharsets.US_ASCII), 32)
        .readLine();
  }
}
