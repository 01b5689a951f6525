package io.agentorchestrator.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LocalRunTest {

  @Test
  void isTheOneMainClassOfTheTestSourcesSoThatTheMavenPluginFindsIt() throws URISyntaxException {
    Path testClasses =
        Path.of(LocalRun.class.getProtectionDomain().getCodeSource().getLocation().toURI());

    assertThat(new ClassFileImporter().importPath(testClasses))
        .filteredOn(type -> type.tryGetMethod("main", String[].class).isPresent())
        .extracting(JavaClass::getName)
        .containsExactly(LocalRun.class.getName());
  }
}
