package io.agentorchestrator.rest;

import static io.agentorchestrator.rest.Reading.assign;
import static io.agentorchestrator.rest.Reading.createTask;
import static io.agentorchestrator.rest.Reading.createWorkflow;
import static io.agentorchestrator.rest.Reading.register;
import static io.agentorchestrator.rest.Reading.step;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.schemas.Schemas;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class ResourceTagsIT {

  private final Reading reading = Reading.shared();
  private final String type = "type-" + UUID.randomUUID();
  private final UUID agent = UUID.randomUUID();
  private final UUID task = UUID.randomUUID();
  private final UUID workflow = UUID.randomUUID();

  @Test
  void answersWithoutABodyWhatIsKnownAlready() {
    reading.apply(register(agent, type, Map.of()));
    reading.apply(createWorkflow(workflow, type, List.of(step(task, type, Map.of())), Map.of()));

    for (String path : List.of("/agents/" + agent, "/tasks/" + task, "/workflows/" + workflow)) {
      String tag = tag(path);
      assertThat(tag).startsWith("W/\"");

      Reading.Answer known = get(path, "If-None-Match", tag);

      assertThat(known.status()).as(path).isEqualTo(304);
      assertThat(known.response().body()).isEmpty();
      assertThat(known.header("etag")).isEqualTo(tag);
      assertThat(get(path, "If-None-Match", "W/\"another\"").status()).isEqualTo(200);
      assertThat(get(path, "If-None-Match", "\"x\", " + tag).status()).isEqualTo(304);
    }
  }

  @Test
  void changesWithWhatIsDerivedAndWithWhatIsEmbedded() {
    reading.apply(register(agent, type, Map.of()));
    reading.apply(createTask(task, type, Map.of()));
    String agentAlone = tag("/agents/" + agent);
    String withAgent = tag("/tasks/" + task + "?include=agent");
    long version = reading.read("/agents/" + agent).get("entity_version").longValue();
    assertThat(withAgent).isNotEqualTo(tag("/tasks/" + task));

    reading.apply(assign(task, agent));

    assertThat(reading.read("/agents/" + agent).get("entity_version").longValue())
        .isEqualTo(version);
    assertThat(get("/agents/" + agent, "If-None-Match", agentAlone).status()).isEqualTo(200);
    assertThat(get("/tasks/" + task + "?include=agent", "If-None-Match", withAgent).status())
        .isEqualTo(200);
  }

  @Test
  void leavesListsAndErrorsWithoutATag() {
    assertThat(reading.get("/tasks?type=" + type).header("etag")).isEmpty();
    Reading.Answer missing = get("/tasks/" + task, "If-None-Match", "*");
    missing.problem(404);
    assertThat(missing.header("etag")).isEmpty();
  }

  @Test
  void compressesForWhoeverTakesIt() throws IOException {
    String description = "x".repeat(4000);
    reading.apply(createTask(task, type, Map.of("description", description)));
    for (String path : List.of("/tasks/" + task, "/tasks?type=" + type)) {
      Reading.Answer plain = reading.get(path);

      Reading.Answer compressed = get(path, "Accept-Encoding", "gzip");

      assertThat(plain.header("content-encoding")).isEmpty();
      assertThat(compressed.header("content-encoding")).isEqualTo("gzip");
      assertThat(compressed.header("vary")).containsIgnoringCase("accept-encoding");
      assertThat(compressed.response().body()).hasSizeLessThan(2000);
      assertThat(compressed.header("etag")).isEqualTo(plain.header("etag"));
      try (GZIPInputStream body =
          new GZIPInputStream(new ByteArrayInputStream(compressed.response().body()))) {
        assertThat(Schemas.parse(body.readAllBytes())).isEqualTo(plain.json());
      }
    }
  }

  private String tag(String path) {
    Reading.Answer answer = reading.get(path);
    assertThat(answer.status()).isEqualTo(200);
    return answer.header("etag");
  }

  private Reading.Answer get(String path, String header, String value) {
    return Reading.send(
        HttpRequest.newBuilder(reading.uri("/api/v2" + path)).header(header, value));
  }
}
