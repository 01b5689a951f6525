package io.agentorchestrator.rest;

import jakarta.servlet.http.HttpServletRequest;
import java.util.regex.Pattern;
import org.springframework.web.filter.ShallowEtagHeaderFilter;

/**
 * Gives a single agent, task or workflow an {@code ETag}, and answers 304 without a body to whoever
 * has it already ({@code If-None-Match}). It is a hash of the body: what is derived moves without a
 * version. And it is weak, for the same body may be compressed or not.
 */
final class ResourceTags extends ShallowEtagHeaderFilter {

  private static final Pattern RESOURCE =
      Pattern.compile("/api/(?:v2/(?:agents|tasks|workflows)|v1/tasks)/[^/]+");

  ResourceTags() {
    setWriteWeakETag(true);
  }

  /** Pages are not held back to be hashed. */
  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !RESOURCE.matcher(request.getRequestURI()).matches();
  }
}
