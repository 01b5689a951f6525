package io.agentorchestrator.rest;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Properties;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/**
 * {@code /docs}: what can be read, for people, and {@code /docs/openapi.yaml} for their tools. A
 * page that runs scripts, so it may load nothing from elsewhere and talk to nobody else.
 */
@RestController
class DocumentationController {

  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
          + " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  private static final MediaType JAVASCRIPT = MediaType.parseMediaType("text/javascript");
  private static final MediaType CSS = MediaType.parseMediaType("text/css");
  private static final String INDEX = "index.html";

  private final DocumentationProperties properties;
  private final Map<String, File> files;

  private record File(Resource content, MediaType type) {}

  DocumentationController(DocumentationProperties properties) throws IOException {
    this.properties = properties;
    String swagger = "META-INF/resources/webjars/swagger-ui/" + swaggerVersion() + "/";
    this.files =
        Map.of(
            INDEX,
            new File(new ClassPathResource("docs/index.html"), MediaType.TEXT_HTML),
            "start.js",
            new File(new ClassPathResource("docs/start.js"), JAVASCRIPT),
            "openapi.yaml",
            new File(new ClassPathResource("docs/openapi.yaml"), MediaType.APPLICATION_YAML),
            "swagger-ui-bundle.js",
            new File(new ClassPathResource(swagger + "swagger-ui-bundle.js"), JAVASCRIPT),
            "swagger-ui.css",
            new File(new ClassPathResource(swagger + "swagger-ui.css"), CSS),
            "favicon-32x32.png",
            new File(new ClassPathResource(swagger + "favicon-32x32.png"), MediaType.IMAGE_PNG));
  }

  @GetMapping("/docs")
  ResponseEntity<Resource> page() throws NoResourceFoundException {
    return file(INDEX);
  }

  @GetMapping("/docs/{name}")
  ResponseEntity<Resource> file(@PathVariable String name) throws NoResourceFoundException {
    File file = properties.enabled() ? files.get(name) : null;
    if (file == null) {
      throw new NoResourceFoundException(HttpMethod.GET, "/docs/" + name, "/docs/" + name);
    }
    return ResponseEntity.ok()
        .contentType(file.type())
        .cacheControl(CacheControl.noCache())
        .header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .header("X-Content-Type-Options", "nosniff")
        .body(file.content());
  }

  /** Its files lie under a folder of that name. */
  private static String swaggerVersion() throws IOException {
    Properties about = new Properties();
    try (InputStream in =
        new ClassPathResource("META-INF/maven/org.webjars/swagger-ui/pom.properties")
            .getInputStream()) {
      about.load(in);
    }
    return about.getProperty("version");
  }
}
