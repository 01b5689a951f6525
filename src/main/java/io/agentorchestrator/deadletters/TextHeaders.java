package io.agentorchestrator.deadletters;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Reads headers that anybody may have written. Of a name that is repeated the last one counts. */
final class TextHeaders {

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
  private static final Pattern TOPIC_NAME = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

  private TextHeaders() {}

  /** Returns a header's text, or null where there is none or it is no UTF-8. */
  static @Nullable String text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    if (header == null || header.value() == null) {
      return null;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(header.value())).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** Returns the place that three headers name, or null where one is missing or malformed. */
  static @Nullable Place place(
      Headers headers, String topicName, String partitionName, String offsetName) {
    String topic = text(headers, topicName);
    OptionalInt partition = partition(headers, partitionName);
    OptionalLong offset = number(headers, offsetName);
    return topic != null
            && TOPIC_NAME.matcher(topic).matches()
            && partition.isPresent()
            && offset.isPresent()
        ? new Place(topic, partition.getAsInt(), offset.getAsLong())
        : null;
  }

  private static OptionalInt partition(Headers headers, String name) {
    OptionalLong number = number(headers, name);
    return number.isPresent() && number.getAsLong() <= Integer.MAX_VALUE
        ? OptionalInt.of((int) number.getAsLong())
        : OptionalInt.empty();
  }

  private static OptionalLong number(Headers headers, String name) {
    String text = text(headers, name);
    return text != null && NUMBER.matcher(text).matches()
        ? OptionalLong.of(Long.parseLong(text))
        : OptionalLong.empty();
  }
}
