package io.agentorchestrator.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.schemas.CommandCorpus.Case;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CommandCorpusTest {

  private static final long SEED = 20_261_123;
  private static final List<Case> CORPUS = CommandCorpus.generate(SEED);
  private static final Schemas SCHEMAS = Schemas.load();

  @Test
  void agreesWithTheSchemasWhereverItKnowsWhatTheContractWants() {
    List<String> disputed = new ArrayList<>();
    for (Case message : CORPUS) {
      boolean accepted = SCHEMAS.accepts(Schemas.parse(message.value()));
      if (message.name().startsWith(accepted ? "refused" : "accepted")) {
        disputed.add(message.name() + violations(message));
      }
    }

    assertThat(disputed).isEmpty();
  }

  @Test
  void holdsEnoughOfBothKindsOfEveryType() {
    Set<String> valid = new TreeSet<>();
    Set<String> invalid = new TreeSet<>();
    int accepted = 0;
    for (Case message : CORPUS) {
      JsonNode json = Schemas.parse(message.value());
      boolean ok = SCHEMAS.accepts(json);
      accepted += ok ? 1 : 0;
      (ok ? valid : invalid).add(json.path("type").asString(""));
    }

    assertThat(CORPUS).hasSizeGreaterThan(4_000);
    assertThat(accepted).isBetween(CORPUS.size() / 4, CORPUS.size() * 3 / 4);
    assertThat(valid).containsExactlyElementsOf(SCHEMAS.commandTypes());
    assertThat(invalid).containsAll(SCHEMAS.commandTypes());
  }

  @Test
  void holdsJsonWithoutRepeatedKeysOfAtMostOneMebibyte() {
    JsonMapper strict =
        Schemas.JSON.rebuild().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    assertThat(CORPUS)
        .allSatisfy(
            message -> {
              assertThat(message.value()).hasSizeLessThanOrEqualTo(CommandCorpus.MAX_BYTES);
              assertThat(strict.readTree(new String(message.value(), StandardCharsets.UTF_8)))
                  .isNotNull();
            });
  }

  @Test
  void namesEachCaseOnce() {
    assertThat(CORPUS).extracting(Case::name).doesNotHaveDuplicates();
  }

  @Test
  void isTheSameForTheSameSeedAndAnotherForAnother() {
    assertThat(CommandCorpus.generate(SEED))
        .usingElementComparator(CommandCorpusTest::compare)
        .containsExactlyElementsOf(CORPUS);
    assertThat(CommandCorpus.generate(SEED + 1))
        .usingElementComparator(CommandCorpusTest::compare)
        .isNotEqualTo(CORPUS);
  }

  private static int compare(Case one, Case other) {
    boolean same =
        one.name().equals(other.name())
            && one.topic().equals(other.topic())
            && Arrays.equals(one.value(), other.value());
    return same ? 0 : 1;
  }

  private static List<String> violations(Case message) {
    JsonNode json = Schemas.parse(message.value());
    String type = json.path("type").asString("");
    return SCHEMAS.commandTypes().contains(type) ? SCHEMAS.violations(type, json) : List.of();
  }
}
