package io.agentorchestrator.engine;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;
import java.util.List;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Keeps results as the JSON that their event tells. */
@Converter
class AgentResultsConverter implements AttributeConverter<List<AgentResult>, String> {

  private static final TypeReference<List<AgentResult>> RESULTS = new TypeReference<>() {};

  private final JsonMapper json;

  AgentResultsConverter(JsonMapper json) {
    this.json = json;
  }

  @Override
  public String convertToDatabaseColumn(List<AgentResult> results) {
    return json.writeValueAsString(results);
  }

  @Override
  public List<AgentResult> convertToEntityAttribute(String column) {
    return json.readValue(column, RESULTS);
  }
}
