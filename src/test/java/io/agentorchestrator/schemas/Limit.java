package io.agentorchestrator.schemas;

import com.networknt.schema.ExecutionContext;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaContext;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.keyword.AbstractKeyword;
import com.networknt.schema.keyword.BaseKeywordValidator;
import com.networknt.schema.keyword.KeywordValidator;
import com.networknt.schema.path.NodePath;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.ToLongFunction;
import tools.jackson.databind.JsonNode;

/**
 * A keyword of our own: an upper bound on something of a value that JSON Schema has no keyword for.
 * Validators that do not know it ignore it, and then accept more than the orchestrator does.
 */
final class Limit extends AbstractKeyword {

  /** All of them, as {@code schemas/common.json} describes them. */
  static final List<Limit> ALL =
      List.of(
          new Limit("x-max-depth", Limit::depth),
          new Limit("x-max-bytes", Limit::bytes),
          new Limit("x-max-digits", Limit::digits));

  private final ToLongFunction<JsonNode> measure;

  private Limit(String name, ToLongFunction<JsonNode> measure) {
    super(name);
    this.measure = measure;
  }

  @Override
  public KeywordValidator newValidator(
      SchemaLocation location, JsonNode limit, Schema parent, SchemaContext context) {
    return new BaseKeywordValidator(this, limit, location, parent, context) {
      @Override
      public void validate(
          ExecutionContext execution, JsonNode value, JsonNode root, NodePath instanceLocation) {
        long actual = measure.applyAsLong(value);
        if (actual > limit.longValue()) {
          execution.addError(
              error()
                  .instanceNode(value)
                  .instanceLocation(instanceLocation)
                  .evaluationPath(execution.getEvaluationPath())
                  .message(getKeyword() + " is " + limit.longValue() + ", found " + actual)
                  .build());
        }
      }
    };
  }

  /** Returns the levels of objects and arrays: 1 for an empty one, 0 for a scalar. */
  static long depth(JsonNode value) {
    if (!value.isContainer()) {
      return 0;
    }
    long deepest = 0;
    for (JsonNode child : value) {
      deepest = Math.max(deepest, depth(child));
    }
    return deepest + 1;
  }

  /** Returns the length of the value as compact JSON in UTF-8. */
  static long bytes(JsonNode value) {
    return Schemas.JSON.writeValueAsString(value).getBytes(StandardCharsets.UTF_8).length;
  }

  /** Returns the decimal digits of a number as it was written, and 0 for anything else. */
  static long digits(JsonNode value) {
    if (value.isBigInteger()) {
      return new BigDecimal(value.bigIntegerValue()).precision();
    }
    return value.isNumber() ? value.decimalValue().precision() : 0;
  }
}
