package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.ErrorResponseException;

class QueryParametersTest {

  private static final Parameter<String> NAME = Parameter.text("name", 3);
  private static final Parameter<Long> SIZE = Parameter.number("size", 1, 10).usually(5L);
  private static final Parameter<String> LABEL = Parameter.text("label").repeated();
  private static final Parameter<String> KEY = Parameter.text("key").mandatory();

  private static final Operation OPERATION =
      Operation.of(
          "listThings",
          "Lists things.",
          Operation.Answer.listing("things", "The things.", String.class),
          NAME,
          SIZE,
          LABEL,
          KEY);

  private static QueryParameters of(String... namesAndValues) {
    MockHttpServletRequest request = new MockHttpServletRequest("GET", "/things");
    for (int i = 0; i < namesAndValues.length; i += 2) {
      request.addParameter(namesAndValues[i], namesAndValues[i + 1]);
    }
    return QueryParameters.of(request, OPERATION);
  }

  @Test
  void giveWhatWasGivenAndElseTheUsualValue() {
    assertThat(of("size", "7").get(SIZE)).isEqualTo(7);
    assertThat(of().get(SIZE)).isEqualTo(5);
    assertThat(of().get(NAME)).isNull();
    assertThat(of("label", "b", "label", "a").all(LABEL)).isEqualTo(List.of("b", "a"));
    assertThat(of().all(LABEL)).isEmpty();
  }

  @Test
  void missWhatMustBeGiven() {
    assertThat(of("key", "k").need(KEY)).isEqualTo("k");
    assertThatThrownBy(() -> of().need(KEY))
        .isInstanceOfSatisfying(
            ErrorResponseException.class,
            problem ->
                assertThat(problem.getBody().getDetail())
                    .startsWith("key: Expected 1 to 255 characters")
                    .endsWith("it is required."));
  }

  /** What is read and not described, nobody would know of. */
  @Test
  void areOnlyReadWhereTheOperationTakesThem() {
    QueryParameters parameters = of("name", "abc");

    assertThatThrownBy(() -> parameters.get(Parameter.text("other")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("listThings does not take other");
    // Nor with other bounds than are described.
    assertThatThrownBy(() -> parameters.get(Parameter.text("name", 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void takeAPositionEverywhere() {
    assertThat(OPERATION.names())
        .isEqualTo(List.of("name", "size", "label", "key", "min_position"));
    assertThatThrownBy(() -> of("min_position", "-1")).isInstanceOf(ErrorResponseException.class);
  }
}
