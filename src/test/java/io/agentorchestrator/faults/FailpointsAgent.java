package io.agentorchestrator.faults;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Weaves {@link Failpoint}s into the classes a worker loads, before it starts: calls of {@link
 * WovenIn} at the beginning of methods and before they return, nothing else is changed. It is an
 * agent and no {@code main} of its own, so that the worker is started as it always is.
 */
public final class FailpointsAgent implements ClassFileTransformer {

  /** The exit code of a JVM into which they could not be woven. */
  private static final int FAILED = 70;

  private static final ClassDesc WOVEN_IN = ClassDesc.of(WovenIn.class.getName());

  private static final String CONNECTION = "org/postgresql/jdbc/PgConnection";
  private static final String PRODUCER = "org/apache/kafka/clients/producer/KafkaProducer";
  private static final String CONSUMER = "org/apache/kafka/clients/consumer/KafkaConsumer";
  private static final String DEAD_LETTERS = "io/agentorchestrator/commands/DeadLetters";
  private static final String COMMITTER =
      "io/debezium/embedded/async/AsyncEmbeddedEngine$SourceRecordCommitter";

  private static final List<Weaving> WEAVINGS =
      List.of(
          new Weaving(CONNECTION, "prepareStatement", "(Ljava/lang/String;III)", "statement", null),
          new Weaving(CONNECTION, "commit", "()", "beforeDatabaseCommit", "afterDatabaseCommit"),
          new Weaving(CONNECTION, "rollback", "()", "databaseRollback", null),
          new Weaving(PRODUCER, "beginTransaction", "()", "transactionBegun", null),
          new Weaving(
              PRODUCER,
              "send",
              "(Lorg/apache/kafka/clients/producer/ProducerRecord;"
                  + "Lorg/apache/kafka/clients/producer/Callback;)",
              "sending",
              null),
          new Weaving(PRODUCER, "commitTransaction", "()", "beforeKafkaCommit", "afterKafkaCommit"),
          new Weaving(CONSUMER, "commitSync", "", "beforeOffsetCommit", "afterOffsetCommit"),
          new Weaving(
              DEAD_LETTERS, "send", "(Ljava/util/List;)", "deadLettersBegun", "deadLettersSent"),
          new Weaving(COMMITTER, "markBatchFinished", "()", null, "markedProcessed"));

  private FailpointsAgent() {}

  /**
   * What is woven in where.
   *
   * @param parameters how the method's descriptor begins
   * @param before the method of {@link WovenIn} called when it begins, or null
   * @param after likewise, when it returns
   */
  private record Weaving(
      String type,
      String method,
      String parameters,
      @Nullable String before,
      @Nullable String after) {

    boolean isOf(String type, MethodModel candidate) {
      return type.equals(this.type)
          && candidate.methodName().equalsString(method)
          && candidate.methodType().stringValue().startsWith(parameters);
    }
  }

  /**
   * Called by the JVM before the worker's {@code main}.
   *
   * @param folder where the failpoints are armed
   */
  public static void premain(String folder, Instrumentation instrumentation) throws IOException {
    WovenIn.begin(Path.of(folder));
    instrumentation.addTransformer(new FailpointsAgent());
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      @Nullable String type,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] bytes) {
    if (type == null || WEAVINGS.stream().noneMatch(weaving -> weaving.type().equals(type))) {
      return null;
    }
    try {
      return weave(type, bytes, Objects.requireNonNull(loader));
    } catch (Throwable e) {
      // The JVM would go on without, and a worker that lacks a failpoint is of no use to a test.
      System.err.println("Failpoints cannot be woven into " + type);
      e.printStackTrace();
      Runtime.getRuntime().halt(FAILED);
      return null;
    }
  }

  private static byte[] weave(String type, byte[] bytes, ClassLoader loader) {
    ClassFile classFile =
        ClassFile.of(
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(loader)));
    Set<Weaving> left = new HashSet<>(WEAVINGS);
    left.removeIf(weaving -> !weaving.type().equals(type));
    byte[] woven =
        classFile.transformClass(
            classFile.parse(bytes),
            (builder, element) -> {
              if (element instanceof MethodModel method) {
                for (Weaving weaving : WEAVINGS) {
                  if (weaving.isOf(type, method)) {
                    left.remove(weaving);
                    builder.transformMethod(
                        method, MethodTransform.transformingCode(new Calls(weaving)));
                    return;
                  }
                }
              }
              builder.with(element);
            });
    if (!left.isEmpty()) {
      throw new IllegalStateException("Expected a method for each, but found none for " + left);
    }
    return woven;
  }

  /** Adds the calls to a method. */
  private record Calls(Weaving weaving) implements CodeTransform {

    @Override
    public void atStart(CodeBuilder builder) {
      String before = weaving.before();
      if (before == null) {
        return;
      }
      switch (before) {
        case "statement" -> {
          builder.aload(builder.parameterSlot(0));
          call(builder, before, ConstantDescs.CD_String);
        }
        case "sending" -> {
          builder.aload(builder.parameterSlot(0));
          call(builder, before, ConstantDescs.CD_Object);
        }
        case "beforeKafkaCommit" -> {
          builder.aload(builder.receiverSlot());
          call(builder, before, ConstantDescs.CD_Object);
        }
        default -> call(builder, before);
      }
    }

    @Override
    public void accept(CodeBuilder builder, CodeElement element) {
      String after = weaving.after();
      if (after != null && element instanceof ReturnInstruction) {
        call(builder, after);
      }
      builder.with(element);
    }

    private static void call(CodeBuilder builder, String name, ClassDesc... parameters) {
      builder.invokestatic(WOVEN_IN, name, MethodTypeDesc.of(ConstantDescs.CD_void, parameters));
    }
  }
}
