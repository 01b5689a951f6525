package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class EntityFoldTest {

  private static final UUID ID = UUID.fromString("0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a");
  private static final JsonMapper JSON = new JsonMapper();

  private final EntityFold fold = new EntityFold(ID);

  @Test
  void beginsWithTheFirstEvent() {
    fold.apply(1, json("{\"type\":\"ocr\",\"name\":null,\"tags\":[]}"));

    assertThat(fold.version()).isEqualTo(1);
    assertThat(fold.entity())
        .hasToString(
            "{\"id\":\"%s\",\"type\":\"ocr\",\"name\":null,\"tags\":[],\"entity_version\":1}"
                .formatted(ID));
  }

  @Test
  void laysChangesOverEachOther() {
    fold.apply(1, json("{\"status\":\"submitted\",\"attempt\":0,\"retry_at\":null}"))
        .apply(2, json("{\"status\":\"assigned\",\"attempt\":1}"))
        .apply(3, json("{\"status\":\"submitted\",\"retry_at\":\"2026-11-23T09:00:01Z\"}"))
        .apply(4, json("{\"retry_at\":null}"));

    assertThat(fold.entity())
        .isEqualTo(
            json(
                """
                {"id":"%s","status":"submitted","attempt":1,"retry_at":null,"entity_version":4}"""
                    .formatted(ID)));
  }

  @Test
  void keepsTheOrderOfTheFirstEvent() {
    fold.apply(1, json("{\"a\":1,\"b\":1}")).apply(2, json("{\"b\":2,\"a\":2}"));

    assertThat(fold.entity().propertyNames()).containsExactly("id", "a", "b", "entity_version");
  }

  @Test
  void replacesNestedValuesWhole() {
    fold.apply(1, json("{\"metadata\":{\"a\":1,\"b\":{\"c\":1}},\"tags\":[\"x\",\"y\"]}"))
        .apply(2, json("{\"metadata\":{\"b\":{}},\"tags\":[\"z\"]}"));

    assertThat(fold.entity().get("metadata")).isEqualTo(json("{\"b\":{}}"));
    assertThat(fold.entity().get("tags")).hasToString("[\"z\"]");
  }

  @Test
  void takesIdAndVersionFromTheEventItself() {
    fold.apply(1, json("{\"a\":1}")).apply(2, json("{}"));

    assertThat(fold.entity())
        .isEqualTo(json("{\"id\":\"%s\",\"a\":1,\"entity_version\":2}".formatted(ID)));
  }

  @Test
  void refusesAGapAndStaysAsItWas() {
    fold.apply(1, json("{\"a\":1}"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> fold.apply(3, json("{\"a\":3}")))
        .withMessage(
            "Expected version 2 of entity %s, but the event is of version 3: events are missing.",
            ID);
    assertThat(fold.entity())
        .isEqualTo(json("{\"id\":\"%s\",\"a\":1,\"entity_version\":1}".formatted(ID)));
  }

  @Test
  void refusesARepetition() {
    fold.apply(1, json("{\"a\":1}"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> fold.apply(1, json("{\"a\":1}")))
        .withMessageContaining("version 1: it was applied before");
  }

  @Test
  void refusesToBeginInTheMiddle() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fold.apply(2, json("{}")))
        .withMessageContaining("Expected version 1");
    assertThatIllegalArgumentException().isThrownBy(() -> fold.apply(0, json("{}")));
  }

  @Test
  void hasNoEntityBeforeTheFirstEvent() {
    assertThat(fold.version()).isZero();
    assertThatIllegalStateException().isThrownBy(fold::entity).withMessageContaining("no event");
  }

  @Test
  void sharesNothingWithItsCallers() {
    ObjectNode changes = json("{\"metadata\":{\"a\":1}}");
    fold.apply(1, changes);

    ((ObjectNode) changes.get("metadata")).put("a", 2);
    fold.entity().put("metadata", "gone");
    ((ObjectNode) fold.entity().get("metadata")).put("a", 3);

    assertThat(fold.entity().get("metadata")).isEqualTo(json("{\"a\":1}"));
  }

  private static ObjectNode json(String text) {
    return (ObjectNode) JSON.readTree(text);
  }
}
