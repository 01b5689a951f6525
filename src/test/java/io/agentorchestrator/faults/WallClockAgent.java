package io.agentorchestrator.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * Moves the wall clock of a worker's JVM, as an operator or a time server may move that of its
 * machine: whatever asks for milliseconds or instants, in the worker, its libraries and {@code
 * java.time}, is told another time. What measures durations with {@code nanoTime} is not touched,
 * for no system touches that either.
 */
public final class WallClockAgent implements ClassFileTransformer {

  /** By how many milliseconds the clock is ahead. */
  private static final String AHEAD = "orchestrator.faults.wall-clock";

  /** The exit code of a JVM whose clock cannot be moved. */
  private static final int FAILED = 70;

  private static final Duration LOOK = Duration.ofMillis(20);
  private static final ClassDesc SYSTEM = ClassDesc.of("java.lang.System");
  private static final ClassDesc INSTANT = ClassDesc.of("java.time.Instant");
  private static final String CLOCK = "java/time/Clock";
  private static final MethodTypeDesc OF_MILLIS = MethodTypeDesc.of(ConstantDescs.CD_long);

  private WallClockAgent() {}

  /** What the worker's JVM has to be started with; its clock then is as the file says. */
  static String jvmOption(Path file) {
    move(file, Duration.ZERO);
    return AgentJar.option(WallClockAgent.class, file);
  }

  /** Moves the clock of all workers started with the file. They see it within 20 ms. */
  static void move(Path file, Duration ahead) {
    try {
      Files.writeString(file, "%20d".formatted(ahead.toMillis()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Called by the JVM before the worker's {@code main}.
   *
   * @param file that says by how many milliseconds the clock is ahead
   */
  public static void premain(String file, Instrumentation instrumentation)
      throws UnmodifiableClassException, ClassNotFoundException {
    Path path = Path.of(file);
    look(path);
    Thread.ofPlatform().name("wall-clock").daemon().start(() -> follow(path));
    instrumentation.addTransformer(new WallClockAgent(), true);
    instrumentation.retransformClasses(
        Clock.class,
        Class.forName("java.time.Clock$SystemClock"),
        Class.forName("java.time.Clock$SystemInstantSource"),
        Date.class);
  }

  private static void follow(Path file) {
    try {
      while (true) {
        Thread.sleep(LOOK);
        look(file);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void look(Path file) {
    try {
      String ahead = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
      if (!ahead.isEmpty()) { // It may be written just now.
        System.setProperty(AHEAD, ahead);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      @Nullable String type,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] bytes) {
    boolean isAsked = redefined != null; // Of the JDK's own only those it was asked for.
    if (type == null || (loader == null && !isAsked) || !mentionsTheClock(bytes)) {
      return null;
    }
    try {
      ClassFile classFile =
          ClassFile.of(
              ClassFile.ClassHierarchyResolverOption.of(
                  loader == null
                      ? ClassHierarchyResolver.defaultResolver()
                      : ClassHierarchyResolver.ofResourceParsing(loader)));
      return classFile.transformClass(
          classFile.parse(bytes),
          type.equals(CLOCK)
              ? ClassTransform.transformingMethodBodies(
                  method -> method.methodName().equalsString("currentInstant"),
                  WallClockAgent::moveInstant)
              : ClassTransform.transformingMethodBodies(WallClockAgent::moveMillis));
    } catch (Throwable e) {
      System.err.println("The clock cannot be moved in " + type);
      e.printStackTrace();
      Runtime.getRuntime().halt(FAILED);
      return null;
    }
  }

  private static boolean mentionsTheClock(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1).contains("currentTimeMillis");
  }

  private static void moveMillis(CodeBuilder builder, CodeElement element) {
    builder.with(element);
    if (element instanceof InvokeInstruction call
        && call.opcode() == Opcode.INVOKESTATIC
        && call.owner().asSymbol().equals(SYSTEM)
        && call.name().equalsString("currentTimeMillis")) {
      loadAhead(builder);
      builder.ladd();
    }
  }

  private static void moveInstant(CodeBuilder builder, CodeElement element) {
    if (element instanceof ReturnInstruction end && end.typeKind() == TypeKind.REFERENCE) {
      loadAhead(builder);
      builder.invokevirtual(
          INSTANT, "plusMillis", MethodTypeDesc.of(INSTANT, ConstantDescs.CD_long));
    }
    builder.with(element);
  }

  private static void loadAhead(CodeBuilder builder) {
    builder
        .loadConstant(AHEAD)
        .lconst_0()
        .invokestatic(
            ConstantDescs.CD_Long,
            "getLong",
            MethodTypeDesc.of(
                ConstantDescs.CD_Long, ConstantDescs.CD_String, ConstantDescs.CD_long))
        .invokevirtual(ConstantDescs.CD_Long, "longValue", OF_MILLIS);
  }
}
