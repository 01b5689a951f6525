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
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.stereotype.Controller;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;

/**
 * Over REST nothing is written: there is no handler of another method than GET, and none reaches
 * code that writes, by whatever calls; a call of an interface of ours leads to all that implement
 * it.
 */
class ReadOnlyTest {

  /** What writes: to the database, and to Kafka. */
  private static final List<Pattern> WRITES =
      Stream.of(
              "jakarta\\.persistence\\.EntityManager\\.(persist|merge|remove|flush|lock)",
              "jakarta\\.persistence\\.\\w*Query\\.executeUpdate",
              "org\\.springframework\\.data\\..*\\.(save|delete|flush)\\w*",
              "org\\.springframework\\.jdbc\\..*\\.(update|batchUpdate|execute)",
              "java\\.sql\\.\\w*Statement\\.(executeUpdate|executeLargeUpdate|executeBatch|addBatch)",
              "java\\.sql\\.Connection\\.commit",
              "org\\.apache\\.kafka\\.clients\\.producer\\.\\w+\\.(send|commitTransaction)",
              "org\\.apache\\.kafka\\.clients\\.admin\\.\\w+\\.(create|delete|alter|incremental)\\w*",
              "org\\.springframework\\.kafka\\.core\\.\\w+\\.(send|executeInTransaction)\\w*")
          .map(Pattern::compile)
          .toList();

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
            handler -> assertThat(writesReachedFrom(handler)).as(handler.getFullName()).isEmpty());
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
