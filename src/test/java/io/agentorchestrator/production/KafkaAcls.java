package io.agentorchestrator.production;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * What the commands of {@code ops/kafka-acls.md} do, read from that page as {@code kafka-acls}
 * reads its arguments: every operation on every resource of a command, for every principal. What it
 * does not know it refuses, so that no command is passed over.
 */
final class KafkaAcls {

  private static final Path PAGE = Path.of("ops", "kafka-acls.md");
  private static final Pattern CODE = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  /** Whoever may do one of these may do that, too. */
  private static final Map<AclOperation, Set<AclOperation>> IMPLIED_BY =
      Map.of(
          AclOperation.DESCRIBE,
          EnumSet.of(
              AclOperation.READ, AclOperation.WRITE, AclOperation.DELETE, AclOperation.ALTER),
          AclOperation.DESCRIBE_CONFIGS,
          EnumSet.of(AclOperation.ALTER_CONFIGS));

  private final List<String> principals = new ArrayList<>();
  private final List<AclOperation> operations = new ArrayList<>();
  private final List<ResourcePattern> resources = new ArrayList<>();
  private PatternType patternType = PatternType.LITERAL;

  private KafkaAcls() {}

  /** Returns what all commands of the page together allow. */
  static List<AclBinding> ofThePage() {
    try {
      List<AclBinding> all = new ArrayList<>();
      Matcher blocks = CODE.matcher(Files.readString(PAGE));
      while (blocks.find()) {
        blocks
            .group(1)
            .replace("\\\n", " ")
            .lines()
            .filter(line -> line.startsWith("kafka-acls "))
            .forEach(line -> all.addAll(of(line)));
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tells whether somebody is allowed something, as the brokers' authorizer decides it. */
  static boolean allow(
      List<AclBinding> acls, String user, ResourceType type, String name, AclOperation operation) {
    return acls.stream()
        .filter(acl -> acl.entry().principal().equals("User:" + user))
        .filter(acl -> covers(acl.pattern(), type, name))
        .map(acl -> acl.entry().operation())
        .anyMatch(
            allowed ->
                allowed == operation
                    || IMPLIED_BY.getOrDefault(operation, Set.of()).contains(allowed));
  }

  private static boolean covers(ResourcePattern pattern, ResourceType type, String name) {
    return pattern.resourceType() == type
        && (pattern.patternType() == PatternType.PREFIXED
            ? name.startsWith(pattern.name())
            : name.equals(pattern.name()));
  }

  /** Returns what one command allows. */
  static List<AclBinding> of(String command) {
    KafkaAcls acls = new KafkaAcls();
    Iterator<String> words = List.of(command.strip().split("\\s+", -1)).iterator();
    words.next();
    while (words.hasNext()) {
      acls.take(words.next(), words);
    }
    return acls.bindings();
  }

  private void take(String option, Iterator<String> words) {
    switch (option) {
      case "--add" -> {
        // The one thing these commands do.
      }
      case "--bootstrap-server", "--command-config" -> words.next();
      case "--allow-principal" -> principals.add(words.next());
      case "--operation" -> operations.add(operation(words.next()));
      case "--topic" -> add(ResourceType.TOPIC, words.next());
      case "--group" -> add(ResourceType.GROUP, words.next());
      case "--transactional-id" -> add(ResourceType.TRANSACTIONAL_ID, words.next());
      case "--resource-pattern-type" ->
          patternType = PatternType.valueOf(words.next().toUpperCase(Locale.ROOT));
      default -> throw new IllegalArgumentException("Expected an option, but it is " + option);
    }
  }

  private void add(ResourceType type, String name) {
    resources.add(new ResourcePattern(type, name, PatternType.LITERAL));
  }

  /** Written as the tool writes them, {@code DescribeConfigs}. */
  private static AclOperation operation(String name) {
    AclOperation operation =
        AclOperation.fromString(
            name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT));
    if (operation.isUnknown()) {
      throw new IllegalArgumentException("Expected an operation, but it is " + name);
    }
    return operation;
  }

  private List<AclBinding> bindings() {
    List<AclBinding> bindings = new ArrayList<>();
    for (String principal : principals) {
      for (ResourcePattern resource : resources) {
        for (AclOperation operation : operations) {
          bindings.add(
              new AclBinding(
                  new ResourcePattern(resource.resourceType(), resource.name(), patternType),
                  new AccessControlEntry(principal, "*", operation, AclPermissionType.ALLOW)));
        }
      }
    }
    if (bindings.isEmpty()) {
      throw new IllegalArgumentException("Expected a command that allows something.");
    }
    return bindings;
  }
}
