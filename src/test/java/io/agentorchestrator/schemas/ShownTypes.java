package io.agentorchestrator.schemas;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.agentorchestrator.log.RecordedEntity;
import io.agentorchestrator.messages.JsonObject;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.persistence.Column;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Schemas of the classes whose objects REST shows: which members there are, in which order, of
 * which type and whether they may be null is read from the classes, as Jackson writes them; bounds
 * and words from their {@link Schema} annotations. Enums and named classes become components.
 *
 * <p>A record is what its components are. An entity is what {@link RecordedEntity#representation()}
 * shows of its fields; a record that is {@code allOf} an entity says what is shown besides.
 */
final class ShownTypes {

  private static final String COMPONENTS = "#/components/schemas/";

  private final SortedMap<String, Object> components = new TreeMap<>();

  /** Returns the components that were needed so far, by name. */
  SortedMap<String, Object> components() {
    return components;
  }

  static Map<String, Object> reference(String component) {
    return map("$ref", COMPONENTS + component);
  }

  /** Makes a map, in the order given, which may be changed. */
  static Map<String, Object> map(Object... namesAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }

  /** Returns the name of a class among the components. */
  static String name(Class<?> type) {
    Schema schema = type.getAnnotation(Schema.class);
    return schema == null || schema.name().isEmpty() ? type.getSimpleName() : schema.name();
  }

  /** Whether there is more to be shown of it, if asked for: others may add to it. */
  static boolean isOpen(Class<?> type) {
    return entity(type) != null;
  }

  /** Returns what is shown besides an entity. */
  static List<String> derived(Class<?> type) {
    return Stream.of(type.getRecordComponents()).map(each -> snakeCase(each.getName())).toList();
  }

  /** Makes a class a component, unless it stands for one of the frame; returns a reference. */
  Map<String, Object> component(Class<?> type) {
    Schema stated = type.getAnnotation(Schema.class);
    if (stated != null && !stated.ref().isEmpty()) {
      return map("$ref", stated.ref());
    }
    String name = name(type);
    if (!components.containsKey(name)) {
      components.put(name, map()); // So that what refers to itself comes to an end.
      components.put(name, type.isEnum() ? enumeration(type) : whole(type));
    }
    return reference(name);
  }

  /** Returns a reference to a component that is made only where it is not there yet. */
  Map<String, Object> component(String name, Map<String, Object> schema) {
    components.putIfAbsent(name, schema);
    return reference(name);
  }

  /** Returns the texts that an enum's constants are on the wire. */
  static List<String> names(Class<?> type) {
    return Stream.of(type.getEnumConstants()).map(ShownTypes::wireName).toList();
  }

  private static String wireName(Object constant) {
    try {
      Method value = constant.getClass().getDeclaredMethod("value");
      value.setAccessible(true);
      return (String) value.invoke(constant);
    } catch (NoSuchMethodException e) {
      return ((Enum<?>) constant).name();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, Object> enumeration(Class<?> type) {
    Map<String, Object> schema = described(type.getAnnotation(Schema.class));
    schema.put("enum", names(type));
    return schema;
  }

  private Map<String, Object> whole(Class<?> type) {
    Schema stated = type.getAnnotation(Schema.class);
    Map<String, Object> schema = described(stated);
    if (stated != null && !stated.type().isEmpty()) {
      schema.put("type", stated.type());
      schema.put("pattern", stated.pattern());
      return schema;
    }
    schema.putAll(object(type));
    return schema;
  }

  private Map<String, Object> object(Class<?> type) {
    Map<String, Object> members = members(type);
    Map<String, Object> schema =
        map("type", "object", "required", List.copyOf(members.keySet()), "properties", members);
    if (!isOpen(type)) {
      schema.put("unevaluatedProperties", false);
    }
    return schema;
  }

  private Map<String, Object> members(Class<?> type) {
    Map<String, Object> members = new LinkedHashMap<>();
    Class<? extends RecordedEntity> entity = entity(type);
    if (entity != null) {
      for (String name : blank(entity).representation().keySet()) {
        members.put(name, member(field(entity, name)));
      }
    }
    for (RecordComponent each : type.getRecordComponents()) {
      Field field = field(type, snakeCase(each.getName()));
      if (field.isAnnotationPresent(JsonUnwrapped.class)) {
        members.putAll(members(field.getType()));
      } else {
        members.put(snakeCase(each.getName()), member(field));
      }
    }
    return members;
  }

  private static @Nullable Class<? extends RecordedEntity> entity(Class<?> type) {
    Schema stated = type.getAnnotation(Schema.class);
    return stated == null || stated.allOf().length == 0
        ? null
        : stated.allOf()[0].asSubclass(RecordedEntity.class);
  }

  /** One without values: what it is that it shows, it tells all the same. */
  private static RecordedEntity blank(Class<? extends RecordedEntity> entity) {
    try {
      Constructor<? extends RecordedEntity> constructor = entity.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Field field(Class<?> type, String name) {
    for (Class<?> each = type; each != null; each = each.getSuperclass()) {
      for (Field field : each.getDeclaredFields()) {
        if (snakeCase(field.getName()).equals(name)) {
          return field;
        }
      }
    }
    throw new IllegalStateException("%s shows %s, but has no such field".formatted(type, name));
  }

  private Map<String, Object> member(Field field) {
    ArraySchema array = field.getAnnotation(ArraySchema.class);
    Schema stated = array == null ? field.getAnnotation(Schema.class) : array.arraySchema();
    Map<String, Object> type =
        isJson(field)
            ? map("type", "object")
            : type(field.getGenericType(), array == null ? stated : array.schema());
    if (array != null && array.maxItems() >= 0) {
      type.put("maxItems", array.maxItems());
    }
    Map<String, Object> schema = described(stated);
    schema.putAll(
        field.getAnnotatedType().isAnnotationPresent(Nullable.class) ? orNull(type) : type);
    return schema;
  }

  private static boolean isJson(AnnotatedElement field) {
    Column column = field.getAnnotation(Column.class);
    return column != null && column.columnDefinition().equals("json");
  }

  private Map<String, Object> type(Type type, @Nullable Schema stated) {
    Class<?> other = stated == null ? Void.class : stated.implementation();
    if (type instanceof ParameterizedType generic) {
      Type last = generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1];
      if (generic.getRawType() == List.class) {
        return map("type", "array", "items", type(last, stated));
      }
      if (generic.getRawType() == Map.class) {
        return byName(last, stated, other);
      }
    } else if (other != Void.class) {
      return type(other, null);
    } else if (type instanceof Class<?> plain) {
      return type(plain, stated);
    }
    throw unknown(type);
  }

  private Map<String, Object> byName(Type values, @Nullable Schema stated, Class<?> names) {
    Map<String, Object> schema = map("type", "object");
    if (names.isEnum()) {
      schema.put("required", names(names));
      schema.put("propertyNames", component(names));
    } else if (stated != null && stated.requiredProperties().length > 0) {
      schema.put("required", List.of(stated.requiredProperties()));
    }
    schema.put(
        "additionalProperties",
        values instanceof Class<?> plain ? type(plain, stated) : type(values, stated));
    return schema;
  }

  private Map<String, Object> type(Class<?> type, @Nullable Schema stated) {
    if (type == UUID.class) {
      return reference("Id");
    }
    if (type == Instant.class) {
      return reference("Time");
    }
    if (type == JsonObject.class) {
      return map("type", "object");
    }
    if (type == String.class) {
      return text(stated);
    }
    if (type == boolean.class || type == Boolean.class) {
      return map("type", "boolean");
    }
    if (Set.of(short.class, int.class, Integer.class, long.class, Long.class).contains(type)) {
      return number("integer", stated);
    }
    if (type == double.class || type == Double.class) {
      return number("number", stated);
    }
    if (type.isEnum()) {
      return component(type);
    }
    if (type.isRecord()) {
      Schema own = type.getAnnotation(Schema.class);
      return own == null || own.name().isEmpty() ? object(type) : component(type);
    }
    throw unknown(type);
  }

  private static IllegalStateException unknown(Type type) {
    return new IllegalStateException("no schema is known of " + type);
  }

  private Map<String, Object> text(@Nullable Schema stated) {
    Map<String, Object> schema = map("type", "string");
    if (stated == null) {
      return schema;
    }
    if (stated.allowableValues().length > 0) {
      return map("enum", new ArrayList<Object>(List.of(stated.allowableValues())));
    }
    if (stated.minLength() > 0) {
      schema.put("minLength", stated.minLength());
    }
    if (stated.maxLength() < Integer.MAX_VALUE) {
      schema.put("maxLength", stated.maxLength());
    }
    return schema;
  }

  private static Map<String, Object> number(String type, @Nullable Schema stated) {
    Map<String, Object> schema = map("type", type);
    if (stated != null && !stated.minimum().isEmpty()) {
      schema.put("minimum", Long.valueOf(stated.minimum()));
    }
    if (stated != null && !stated.maximum().isEmpty()) {
      schema.put("maximum", Long.valueOf(stated.maximum()));
    }
    return schema;
  }

  /** The same, or null. */
  @SuppressWarnings("unchecked") // The values of an enum are a list of our own.
  private static Map<String, Object> orNull(Map<String, Object> schema) {
    if (schema.get("$ref") instanceof String reference) {
      return switch (reference) {
        case COMPONENTS + "Id" -> reference("OptionalId");
        case COMPONENTS + "Time" -> reference("OptionalTime");
        default -> map("anyOf", List.of(schema, map("type", "null")));
      };
    }
    if (schema.get("enum") instanceof List<?> values) {
      ((List<@Nullable Object>) values).add(null);
    } else {
      schema.put("type", List.of(Objects.requireNonNull(schema.get("type")), "null"));
    }
    return schema;
  }

  private static Map<String, Object> described(@Nullable Schema stated) {
    return stated == null || stated.description().isEmpty()
        ? map()
        : map("description", stated.description());
  }

  static String snakeCase(String name) {
    return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }
}
