package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.schemas.CommandCorpus;
import io.agentorchestrator.schemas.Schemas;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The decoder and the schemas were written apart; here they are held against each other. */
class DecoderAgreesWithSchemasTest {

  private static final long SEED = 20261123;

  private final CommandDecoder decoder = new CommandDecoder(Records.topics());
  private final Schemas schemas = Schemas.load();

  @Test
  void acceptsAndRefusesWhatTheSchemasDo() {
    List<String> disagreements = new ArrayList<>();
    int accepted = 0;
    List<CommandCorpus.Case> corpus = CommandCorpus.generate(SEED);
    for (CommandCorpus.Case each : corpus) {
      Decoded decoded = decoder.decode(Records.structured(each.topic(), each.value()));
      boolean bySchema = schemas.accepts(Schemas.parse(each.value()));
      accepted += bySchema ? 1 : 0;
      if (bySchema != (decoded instanceof Decoded.Valid)) {
        disagreements.add("%s: schema %s, decoder %s".formatted(each.name(), bySchema, decoded));
      }
    }
    assertThat(disagreements).isEmpty();
    assertThat(corpus).hasSizeGreaterThan(2000);
    assertThat(accepted).isBetween(corpus.size() / 4, corpus.size() * 3 / 4);
  }
}
