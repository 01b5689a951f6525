package io.agentorchestrator.rest;

import java.util.UUID;
import org.springframework.mock.web.MockHttpServletRequest;

/** Tells the other tests which answers {@link ResourceTags} gives an {@code ETag}. */
public final class TaggedPaths {

  private TaggedPaths() {}

  /**
   * Whether an answer has one.
   *
   * @param path as a controller has it, such as {@code /api/v2/agents/{id}}
   */
  public static boolean contains(String path) {
    String asked = path.replaceAll("\\{\\w+}", UUID.randomUUID().toString());
    return !new ResourceTags().shouldNotFilter(new MockHttpServletRequest("GET", asked));
  }
}
