package io.agentorchestrator.cli;

import io.agentorchestrator.deadletters.DeadLetterTopic;
import io.agentorchestrator.deadletters.Place;
import io.agentorchestrator.topics.TopicProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Opens the dead-letter topic of the settings, and finds what operators name there. */
final class DeadLetterTopics {

  private DeadLetterTopics() {}

  static DeadLetterTopic open(Settings settings) {
    DeadLetterTopic topic =
        new DeadLetterTopic(
            settings.read(TopicProperties.class).deadLetter(), settings.kafkaConsumer());
    if (!topic.exists()) {
      String name = topic.name();
      topic.close();
      throw new RefusedException(
          ("Expected the dead-letter topic %s, but there is none; a worker creates it at its start."
                  + " See orchestrator.topics.dead-letter.")
              .formatted(name));
    }
    return topic;
  }

  /** Returns the dead letters at some places, or refuses where one is not there. */
  static Map<Place, ConsumerRecord<byte[], byte[]>> fetch(
      DeadLetterTopic topic, Iterable<At> places) {
    List<Place> wanted = new ArrayList<>();
    places.forEach(each -> wanted.add(new Place(topic.name(), each.partition(), each.offset())));
    Map<Place, ConsumerRecord<byte[], byte[]>> found = topic.fetch(wanted);
    for (Place each : wanted) {
      if (!found.containsKey(each)) {
        DeadLetterTopic.Range range = topic.offsets(each.partition());
        throw new RefusedException(
            "There is no dead letter %s: %s."
                .formatted(
                    each.withinTopic(),
                    range == null
                        ? "%s has no partition %d".formatted(topic.name(), each.partition())
                        : "partition %d of %s goes from offset %d to before %d"
                            .formatted(
                                each.partition(), topic.name(), range.first(), range.end())));
      }
    }
    return found;
  }

  /** Where an operator says that a dead letter stands, {@code PARTITION:OFFSET}. */
  record At(int partition, long offset) {

    static final class Converter implements ITypeConverter<At> {
      private static final Pattern FORM = Pattern.compile("([0-9]{1,9}):([0-9]{1,18})");

      @Override
      public At convert(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
          throw new TypeConversionException(
              "expected PARTITION:OFFSET, such as 3:17, but it is '%s'".formatted(text));
        }
        return new At(Integer.parseInt(matcher.group(1)), Long.parseLong(matcher.group(2)));
      }
    }
  }
}
