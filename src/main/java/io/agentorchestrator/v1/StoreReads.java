package io.agentorchestrator.v1;

import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.migration.MigrationRefusedException;
import io.agentorchestrator.migration.OldKind;
import io.agentorchestrator.migration.OldRest;
import io.agentorchestrator.migration.OldStore;
import io.agentorchestrator.redis.RedisAddress;
import io.agentorchestrator.rest.Page.Total;
import io.agentorchestrator.rest.Pages;
import io.agentorchestrator.rest.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.ErrorResponseException;
import redis.clients.jedis.exceptions.JedisException;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is still in the store of the service before, as it stands there: for the time in which that
 * is what counts.
 *
 * <p>A hash has no order but Redis's own, which stays as it is while no record comes or goes: pages
 * go by that, so one that is read while the hash changes may repeat a record or pass one over, as
 * it was with the service before. A page reads the hash from its beginning; with a filter all of
 * it, for nothing there knows how many fit. So it is bounded in time, and with a filter in records.
 */
final class StoreReads implements OldReads {

  private static final Logger LOG = LoggerFactory.getLogger(StoreReads.class);

  /** For a connection and for each answer of Redis. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** For a whole read, as for those of the database. */
  private static final Duration LONGEST = Duration.ofSeconds(2);

  /** Reads at a time, each with a connection of its own. */
  private static final int AT_A_TIME = 8;

  /** Of more records than these, those that fit are not looked for. */
  static final int MOST_SEARCHED = 100_000;

  private final RedisAddress address;
  private final Semaphore turns = new Semaphore(AT_A_TIME);
  private final AtomicBoolean away = new AtomicBoolean();

  StoreReads(RedisAddress address) {
    this.address = address;
  }

  @Override
  public boolean knowPositions() {
    return false;
  }

  @Override
  public OldPage agents(OldQuery<OldAgentStatus> query) {
    OldAgentStatus status = query.status();
    return page(OldKind.AGENT, query, status == null ? null : status.value());
  }

  @Override
  public OldPage tasks(OldQuery<OldTaskStatus> query) {
    OldTaskStatus status = query.status();
    return page(OldKind.TASK, query, status == null ? null : status.value());
  }

  /** There, ids were whatever anybody had chosen. */
  @Override
  public Optional<ObjectNode> task(String id) {
    return ask(
        store ->
            store.get(OldKind.TASK, List.of(id)).values().stream()
                .findFirst()
                .flatMap(value -> OldRest.ofStore(OldKind.TASK, id, value)));
  }

  private OldPage page(OldKind kind, OldQuery<?> query, @Nullable String status) {
    return ask(store -> new Search(store, kind, query, status).page());
  }

  private <T> T ask(Function<OldStore, T> question) {
    boolean mayAsk = false;
    try {
      mayAsk = turns.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (!mayAsk) {
        throw Problem.unavailable("Too many ask the old store at once. Ask again later.");
      }
      try (OldStore store = OldStore.open(address, PATIENCE)) {
        T answer = question.apply(store);
        if (away.compareAndSet(true, false)) {
          LOG.info("The old store answers again");
        }
        return answer;
      }
    } catch (JedisException | MigrationRefusedException e) {
      throw unavailable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.unavailable("The worker ends. Ask again later.");
    } finally {
      if (mayAsk) {
        turns.release();
      }
    }
  }

  private ErrorResponseException unavailable(RuntimeException failure) {
    if (away.compareAndSet(false, true)) {
      LOG.atWarn()
          .addKeyValue("store", address)
          .addKeyValue("reason", failure.getMessage())
          .log("The old store cannot be read; reads of v1 are answered with 503 until it can");
    }
    return Problem.unavailable("The old store cannot answer now. Ask again later.");
  }

  /** One walk through a hash. */
  private static final class Search {

    private final OldStore store;
    private final OldKind kind;
    private final OldQuery<?> query;
    private final @Nullable String status;
    private final List<JsonObject> rows = new ArrayList<>();
    private long found;
    private long bytes;

    Search(OldStore store, OldKind kind, OldQuery<?> query, @Nullable String status) {
      this.store = store;
      this.kind = kind;
      this.query = query;
      this.status = status;
    }

    OldPage page() {
      long start = System.nanoTime();
      long size = store.size(kind);
      if (!query.isOfAll() && size > MOST_SEARCHED) {
        throw Problem.unavailable(
            "%s: The old store has over %d of them, among which none are looked for. Ask without."
                .formatted(String.join(", ", filters()), MOST_SEARCHED));
      }
      Set<String> seen = new HashSet<>();
      OldStore.Scan scan = store.scan(kind);
      while (!scan.isFinished() && !(query.isOfAll() && rows.size() == query.limit())) {
        if (System.nanoTime() - start > LONGEST.toNanos()) {
          throw tooSlow();
        }
        for (OldStore.Entry each : scan.next()) {
          // Redis tells of a record twice where its hash grows meanwhile.
          if (seen.add(each.id())) {
            OldRest.ofStore(kind, each.id(), each.value())
                .filter(this::fits)
                .ifPresent(record -> take(record, each.value().length));
          }
        }
      }
      return new OldPage(
          rows, new Total(query.isOfAll() ? size : found, true), query.limit(), query.offset());
    }

    private boolean fits(ObjectNode record) {
      return (query.type() == null || query.type().equals(record.get("type").asString("")))
          && (status == null || status.equals(record.get("status").asString("")));
    }

    private void take(ObjectNode record, int size) {
      found++;
      if (found <= query.offset() || rows.size() == query.limit()) {
        return;
      }
      bytes += size;
      if (bytes > Pages.MOST_BYTES && !rows.isEmpty()) {
        throw Problem.pageTooLarge(rows.size());
      }
      rows.add(new JsonObject(record.toString()));
    }

    private ErrorResponseException tooSlow() {
      return Problem.tooSlow(query.isOfAll() ? List.of("offset") : filters(), LONGEST.toSeconds());
    }

    private List<String> filters() {
      List<String> filters = new ArrayList<>();
      if (status != null) {
        filters.add("status");
      }
      if (query.type() != null) {
        filters.add("type");
      }
      return filters;
    }
  }
}
