package io.agentorchestrator.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.core.type.classreading.MetadataReaderFactory;
import org.springframework.core.type.classreading.SimpleMetadataReaderFactory;

class LocalRunTest {

  private final MetadataReaderFactory readers = new SimpleMetadataReaderFactory();

  @Test
  void isTheOneMainClassOfTheTestSourcesSoThatTheMavenPluginFindsIt() throws IOException {
    String testClasses =
        LocalRun.class.getProtectionDomain().getCodeSource().getLocation().toString();

    Resource[] classes =
        new PathMatchingResourcePatternResolver().getResources(testClasses + "**/*.class");

    assertThat(Arrays.stream(classes).map(this::read).filter(LocalRunTest::hasMain))
        .extracting(AnnotationMetadata::getClassName)
        .containsExactly(LocalRun.class.getName());
  }

  private AnnotationMetadata read(Resource type) {
    try {
      return readers.getMetadataReader(type).getAnnotationMetadata();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean hasMain(AnnotationMetadata type) {
    return type.getDeclaredMethods().stream()
        .anyMatch(method -> method.getMethodName().equals("main"));
  }
}
