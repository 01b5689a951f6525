package io.agentorchestrator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.agentorchestrator.topics.WallClockSteps;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Date;
import org.junit.jupiter.api.Test;

/**
 * Nobody decides by the clock of the machine the worker runs on, which may be wrong, and may jump:
 * what happens, happens by the database's; how long something takes, {@code System.nanoTime} tells.
 */
class WallClockTest {

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.agentorchestrator");

  @Test
  void isReadByNobody() {
    noClasses()
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(LocalDate.class, "now")
        .orShould()
        .callMethod(LocalDateTime.class, "now")
        .orShould()
        .callMethod(OffsetDateTime.class, "now")
        .orShould()
        .callMethod(ZonedDateTime.class, "now")
        .orShould()
        .callConstructor(Date.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Clock.class)
        .check(classes);
  }

  /**
   * Injected, it is for what is shown: since when the relay leads, which day a list begins with;
   * and for finding out that it was moved.
   */
  @Test
  void isNotInjectedWhereStateChanges() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "..agents..",
            "..commands..",
            "..engine..",
            "..services..",
            "..tasks..",
            "..topics..",
            "..workflows..")
        .and()
        .areNotAssignableTo(WallClockSteps.class)
        .should()
        .dependOnClassesThat()
        .areAssignableTo(InstantSource.class)
        .check(classes);
  }
}
