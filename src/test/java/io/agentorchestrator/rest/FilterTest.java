package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class FilterTest {

  /** Stands for an entity. */
  private static final class Row {}

  /** Stands for what lists it. */
  private static final class ListedRow {}

  private static final Listing<ListedRow> LISTING =
      new Listing<>(ListedRow.class, (row, criteria) -> criteria.conjunction());

  private static Filter<Row> labelled() {
    return new Filter<Row>().listed("labels", "a", label -> LISTING);
  }

  @Test
  void takesRowsFromAListingWhereNothingElseIsAskedOfThem() {
    assertThat(labelled().listings(Row.class)).singleElement().isInstanceOf(Listing.class);
    assertThat(labelled().equal("type", "b").listings(Row.class)).isEmpty();
    assertThat(labelled().anyOf("status", List.of("b", "c")).listings(Row.class)).isEmpty();
    assertThat(labelled().listed("others", "b", label -> LISTING).listings(Row.class)).isEmpty();
  }

  @Test
  void takesThemFromThereBetweenTwoTimesToo() {
    assertThat(
            labelled()
                .after("createdAt", Instant.EPOCH)
                .before("createdAt", Instant.MAX)
                .listings(Row.class))
        .extracting(Listing::rows)
        .isEqualTo(List.of(ListedRow.class));
  }

  @Test
  void takesSeveralValuesOneByOne() {
    assertThat(new Filter<Row>().anyOf("status", List.of("a", "b", "a")).listings(Row.class))
        .extracting(Listing::rows)
        .isEqualTo(List.of(Row.class, Row.class));
    assertThat(new Filter<Row>().anyOf("status", List.of("a", "a")).listings(Row.class)).isEmpty();
    assertThat(new Filter<Row>().listings(Row.class)).isEmpty();
  }

  @Test
  void takesEachPairOfValuesFromAnIndexThatHasBoth() {
    assertThat(indexed().equal("type", "a").anyOf("status", List.of("b", "c")).listings(Row.class))
        .extracting(Listing::leading)
        .isEqualTo(List.of("type", "type"));
    assertThat(indexed().equal("type", "a").equal("owner", "b").listings(Row.class)).isEmpty();
    assertThat(indexed().equal("owner", "b").listings(Row.class)).isEmpty();
  }

  @Test
  void takesOneValueFromItsIndexBetweenTwoTimesToo() {
    assertThat(indexed().equal("status", "a").after("createdAt", Instant.EPOCH).listings(Row.class))
        .extracting(Listing::leading)
        .isEqualTo(List.of("status"));
  }

  @Test
  void takesNoMoreThanEightValuesOneByOne() {
    List<String> eight = List.of("1", "2", "3", "4", "5", "6", "7", "8");
    assertThat(indexed().anyOf("status", eight).listings(Row.class)).hasSize(8);
    assertThat(indexed().equal("type", "a").anyOf("status", eight).listings(Row.class)).hasSize(8);
    assertThat(
            indexed()
                .anyOf("type", List.of("a", "b"))
                .anyOf("status", eight.subList(0, 5))
                .listings(Row.class))
        .isEmpty();
  }

  private static Filter<Row> indexed() {
    return new Filter<Row>().indexed("status").indexed("type", "status");
  }

  @Test
  void takesNoNoticeOfWhatIsNotAsked() {
    assertThat(
            labelled()
                .equal("type", null)
                .anyOf("status", List.of())
                .holdsAll("capabilities", List.of())
                .mentions("name", null)
                .from("createdAt", null)
                .listings(Row.class))
        .hasSize(1);
  }
}
