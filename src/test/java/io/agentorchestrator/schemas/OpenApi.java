package io.agentorchestrator.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialects;
import io.agentorchestrator.rest.Reading;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What {@code openapi.yaml} says of answers. */
public final class OpenApi {

  static final JsonNode API = new YAMLMapper().readTree(Schemas.FOLDER.resolve("openapi.yaml"));

  private static final String IRI = Schemas.PREFIX + "openapi.yaml";
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDialect(
          Dialects.getDraft202012(),
          builder ->
              builder
                  .schemaRegistryConfig(
                      SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build())
                  .nodeReader(reader -> reader.jsonMapper(Schemas.JSON))
                  .resourceLoaders(
                      loaders ->
                          loaders.resources(iri -> iri.equals(IRI) ? API.toString() : null)));

  private OpenApi() {}

  /**
   * Holds an answer to what is said of it.
   *
   * @param path as the description has it, such as {@code /api/v2/agents/{id}}
   */
  public static void hold(String path, Reading.Answer answer) {
    JsonNode responses = API.path("paths").path(path).at("/get/responses");
    JsonNode response = resolved(responses.path(String.valueOf(answer.status())));
    JsonNode content = response.path("content");
    String mediaType = content.propertyNames().iterator().next();
    assertThat(answer.header("content-type")).startsWith(mediaType);
    String reference = content.path(mediaType).at("/schema/$ref").stringValue();
    Schema schema = REGISTRY.getSchema(SchemaLocation.of(IRI + reference));
    JsonNode body =
        mediaType.equals("text/event-stream")
            ? Schemas.JSON.valueToTree(answer.body())
            : answer.json();
    assertThat(schema.validate(body)).as(answer.body()).isEmpty();
  }

  static JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? resolved(API.at(node.get("$ref").stringValue().substring(1))) : node;
  }
}
