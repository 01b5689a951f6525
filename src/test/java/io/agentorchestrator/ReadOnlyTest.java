package io.agentorchestrator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import jakarta.persistence.EntityManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.hibernate.Session;
import org.hibernate.StatelessSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Controller;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;

/**
 * Over REST nothing is written: there is no handler of another method than GET, and none reaches
 * code that writes, by whatever calls; a call of an interface of ours leads to all that implement
 * it.
 */
class ReadOnlyTest {

  /** What writes: to the database, to Kafka, and to Redis, of whose commands few only read. */
  private static final List<Pattern> WRITES =
      Stream.of(
              "jakarta\\.persistence\\.EntityManager\\.(persist|merge|remove|flush|lock)",
              "jakarta\\.persistence\\.\\w*Query\\.executeUpdate",
              "org\\.hibernate\\.\\w*Session\\w*"
                  + "\\.(persist|merge|remove|flush|lock|insert|update|upsert|delete)\\w*",
              "org\\.hibernate\\.query\\..*\\.executeUpdate",
              "org\\.springframework\\.data\\..*\\.(save|delete|flush)\\w*",
              "org\\.springframework\\.jdbc\\..*\\.(update|batchUpdate|execute)",
              "java\\.sql\\.\\w*Statement\\.(execute|addBatch|execute(Large)?(Update|Batch))",
              "java\\.sql\\.ResultSet\\.(insert|update|delete)Row",
              "java\\.sql\\.Connection\\.commit",
              "org\\.apache\\.kafka\\.clients\\.producer\\.\\w+\\.(send|commitTransaction)",
              "org\\.apache\\.kafka\\.clients\\.consumer\\.\\w+\\.commit(Sync|Async)",
              "org\\.apache\\.kafka\\.clients\\.admin\\.\\w+"
                  + "\\.(create|delete|alter|incremental)\\w*",
              "org\\.springframework\\.kafka\\.core\\.\\w+\\.(send|executeInTransaction)\\w*",
              "redis\\.clients\\.jedis\\."
                  + "(commands\\.\\w+|(Unified)?Jedis(Pooled|Cluster)?|Redis\\w*Client"
                  + "|\\w*Pipelin\\w*|\\w*Transaction\\w*)"
                  + "\\.(?!(<init>|builder|connect|close|getPool|pipelined|sync|info|ping|type"
                  + "|exists|ttl|scan|get|mget|hget|hmget|hgetAll|hlen|hexists|hkeys|hvals|hscan)$)"
                  + ".+")
          .map(Pattern::compile)
          .toList();

  /** Keeps what was read, in a Redis of its own; see {@code LastKnown}. */
  private static final Pattern CACHE =
      Pattern.compile(
          ".* > CachedEntities\\.(lambda\\$)?(find|keep)[\\w$]*"
              + " > redis\\.clients\\.jedis\\.\\w+\\.eval");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.agentorchestrator");

  @Test
  void handlersAnswerGetAlone() {
    methods()
        .should()
        .notBeAnnotatedWith(PostMapping.class)
        .andShould()
        .notBeAnnotatedWith(PutMapping.class)
        .andShould()
        .notBeAnnotatedWith(PatchMapping.class)
        .andShould()
        .notBeAnnotatedWith(DeleteMapping.class)
        .check(CLASSES);
    assertThat(handlers()).hasSizeGreaterThan(8);
    // Besides GetMapping, which bears a RequestMapping of its method, only the page of errors.
    assertThat(handlers().filter(handler -> !methodsOf(handler).equals(Set.of(RequestMethod.GET))))
        .extracting(JavaCodeUnit::getFullName)
        .containsExactly(
            "io.agentorchestrator.rest.ErrorPage.error(jakarta.servlet.http.HttpServletRequest)");
  }

  @Test
  void handlersReachNothingThatWrites() {
    handlers()
        .forEach(
            handler ->
                assertThat(writesReachedFrom(handler))
                    .as(handler.getFullName())
                    .allMatch(write -> CACHE.matcher(write).matches()));
  }

  /** Else nothing would need to be let pass, or it would not be found. */
  @Test
  void handlersReachTheCache() {
    assertThat(handlers().flatMap(handler -> writesReachedFrom(handler).stream()))
        .anyMatch(write -> CACHE.matcher(write).matches());
  }

  @ParameterizedTest
  @MethodSource
  void findsEachWayToWrite(JavaMethod writer) {
    assertThat(writesReachedFrom(writer)).hasSize(1);
  }

  static Stream<JavaMethod> findsEachWayToWrite() {
    return new ClassFileImporter().importClass(Writers.class).getMethods().stream();
  }

  @ParameterizedTest
  @MethodSource
  void letsReadingPass(JavaMethod reader) {
    assertThat(writesReachedFrom(reader)).isEmpty();
  }

  static Stream<JavaMethod> letsReadingPass() {
    return new ClassFileImporter().importClass(Readers.class).getMethods().stream();
  }

  /** A call of each kind that writes. Nobody makes them. */
  @SuppressWarnings("UnusedMethod") // Found by ArchUnit.
  private static final class Writers {

    void entityManagerPersists(EntityManager entityManager) {
      entityManager.persist(this);
    }

    void entityManagerFlushes(EntityManager entityManager) {
      entityManager.flush();
    }

    void jpaQueryUpdates(EntityManager entityManager) {
      entityManager.createNativeQuery("DELETE FROM agents").executeUpdate();
    }

    void sessionPersists(Session session) {
      session.persist(this);
    }

    void sessionMerges(Session session) {
      session.merge(this);
    }

    void sessionRemoves(Session session) {
      session.remove(this);
    }

    void statelessSessionInserts(StatelessSession session) {
      session.insert(this);
    }

    void hibernateQueryUpdates(Session session) {
      session.createNativeMutationQuery("DELETE FROM agents").executeUpdate();
    }

    void statementExecutes(Statement statement) throws SQLException {
      statement.execute("DELETE FROM agents");
    }

    void statementUpdates(Statement statement) throws SQLException {
      statement.executeUpdate("DELETE FROM agents");
    }

    void preparedStatementExecutes(PreparedStatement statement) throws SQLException {
      statement.execute();
    }

    void preparedStatementUpdates(PreparedStatement statement) throws SQLException {
      statement.executeLargeUpdate();
    }

    void statementGathers(PreparedStatement statement) throws SQLException {
      statement.addBatch();
    }

    void rowIsUpdated(ResultSet row) throws SQLException {
      row.updateRow();
    }

    void jdbcClientUpdates(JdbcClient client) {
      client.sql("DELETE FROM agents").update();
    }

    void producerSends(Producer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> message) {
      Future<RecordMetadata> sent = producer.send(message);
      sent.cancel(false);
    }

    void consumerCommits(Consumer<byte[], byte[]> consumer) {
      consumer.commitSync();
    }

    void adminDeletes(Admin admin) {
      admin.deleteTopics(List.of("orchestrator.log"));
    }

    void redisSets(Jedis redis) {
      redis.set("key", "value");
    }

    void redisForgets(RedisClient redis) {
      redis.del("key");
    }

    void redisRunsAScript(RedisClient redis) {
      redis.eval("return redis.call('FLUSHALL')");
    }

    void redisTakesSeveralAtOnce(AbstractPipeline pipeline) {
      pipeline.hset("key", "field", "value");
    }
  }

  /** Calls that look like those, and write nothing. */
  @SuppressWarnings("UnusedMethod") // Likewise.
  private static final class Readers {

    void entityManagerFinds(EntityManager entityManager) {
      entityManager.find(Object.class, 1);
    }

    void sessionQueries(Session session) {
      session.createNativeQuery("SELECT 1", Object.class).getResultList();
    }

    void preparedStatementQueries(PreparedStatement statement) throws SQLException {
      statement.executeQuery().close();
    }

    void consumerPolls(Consumer<byte[], byte[]> consumer) {
      consumer.poll(Duration.ZERO);
    }

    void redisReads(Jedis redis) {
      redis.hgetAll("key");
      redis.hmget("key", "field");
      redis.close();
    }
  }

  /** The search finds what there is: a command is applied by what it would not let a read reach. */
  @Test
  void whatAppliesCommandsReachesWhatWrites() {
    JavaMethod listener =
        CLASSES.get("io.agentorchestrator.commands.CommandListener").getMethods().stream()
            .filter(method -> method.getName().equals("onMessage"))
            .findFirst()
            .orElseThrow();

    assertThat(String.join("\n", writesReachedFrom(listener)))
        .contains("EntityManager.persist", "org.springframework.jdbc", "Transactional");
  }

  private static Stream<JavaMethod> handlers() {
    return CLASSES.stream()
        .filter(type -> type.isMetaAnnotatedWith(Controller.class))
        .flatMap(type -> type.getMethods().stream())
        .filter(method -> method.isMetaAnnotatedWith(RequestMapping.class));
  }

  private static Set<RequestMethod> methodsOf(JavaMethod handler) {
    RequestMapping mapping =
        AnnotatedElementUtils.findMergedAnnotation(handler.reflect(), RequestMapping.class);
    return mapping == null ? Set.of() : Set.of(mapping.method());
  }

  /** The writes that are reached, each with the way there. */
  private static Set<String> writesReachedFrom(JavaCodeUnit start) {
    Map<JavaCodeUnit, String> ways = new LinkedHashMap<>(Map.of(start, start.getName()));
    Deque<JavaCodeUnit> open = new ArrayDeque<>(List.of(start));
    Set<String> writes = new TreeSet<>();
    while (!open.isEmpty()) {
      JavaCodeUnit from = open.remove();
      String way = ways.get(from);
      if (writesByItsAnnotations(from)) {
        writes.add(way + " is @Transactional or @Modifying");
      }
      for (JavaAccess<?> access : accesses(from)) {
        String target = access.getTargetOwner().getName() + "." + access.getTarget().getName();
        if (WRITES.stream().anyMatch(write -> write.matcher(target).matches())) {
          writes.add(way + " > " + target);
        }
        for (JavaCodeUnit next : reached(access)) {
          if (ways.putIfAbsent(
                  next, way + " > " + next.getOwner().getSimpleName() + "." + next.getName())
              == null) {
            open.add(next);
          }
        }
      }
    }
    return writes;
  }

  private static Set<JavaAccess<?>> accesses(JavaCodeUnit from) {
    return Stream.of(
            from.getCallsFromSelf(),
            from.getMethodReferencesFromSelf(),
            from.getConstructorReferencesFromSelf())
        .flatMap(Set::stream)
        .collect(Collectors.toSet());
  }

  /** The code of ours that runs where a method or constructor is called. */
  private static Set<JavaCodeUnit> reached(JavaAccess<?> access) {
    String name = access.getTarget().getName();
    JavaClass owner = access.getTargetOwner();
    if (!owner.getPackageName().startsWith("io.agentorchestrator")
        || !CLASSES.contain(owner.getName())) {
      return Set.of();
    }
    return Stream.of(
            Stream.of(owner),
            owner.getAllRawSuperclasses().stream(),
            owner.getAllRawInterfaces().stream(),
            owner.getAllSubclasses().stream())
        .flatMap(each -> each)
        .flatMap(each -> each.getCodeUnits().stream())
        .filter(HasName.Predicates.name(name))
        .collect(Collectors.toSet());
  }

  /**
   * A transaction that is not for reading, or an update in a repository's annotations. One that
   * must be there before was opened by somebody who is looked at, too.
   */
  private static boolean writesByItsAnnotations(JavaCodeUnit code) {
    if (!code.isMethod() || code.getName().startsWith("lambda$")) {
      return false;
    }
    if (code.isMetaAnnotatedWith(Modifying.class)) {
      return true;
    }
    Transactional transaction =
        AnnotatedElementUtils.findMergedAnnotation(
            ((JavaMethod) code).reflect(), Transactional.class);
    if (transaction == null) {
      transaction =
          AnnotatedElementUtils.findMergedAnnotation(
              code.getOwner().reflect(), Transactional.class);
    }
    return transaction != null
        && !transaction.readOnly()
        && transaction.propagation() != Propagation.MANDATORY;
  }
}
