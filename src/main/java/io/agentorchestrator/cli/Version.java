package io.agentorchestrator.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version the build wrote into the jar. */
final class Version implements IVersionProvider {

  private static final String BUILD = "/META-INF/build-info.properties";

  @Override
  public String[] getVersion() throws IOException {
    Properties build = new Properties();
    try (InputStream info = Version.class.getResourceAsStream(BUILD)) {
      if (info != null) {
        build.load(info);
      }
    }
    return new String[] {
      "%s %s (%s, Java %s)"
          .formatted(
              AgentOrchestratorCommand.NAME,
              build.getProperty("build.version", "unknown"),
              build.getProperty("build.time", "time unknown"),
              Runtime.version().feature())
    };
  }
}
