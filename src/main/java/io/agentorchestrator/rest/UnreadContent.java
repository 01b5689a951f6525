package io.agentorchestrator.rest;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Hides what a request says its content is. Nothing here reads any; but Spring looks at it, refuses
 * a media type that is none, and fails at a pattern of them where it finds no handler.
 */
final class UnreadContent extends OncePerRequestFilter {

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    chain.doFilter(new WithoutType(request), response);
  }

  private static final class WithoutType extends HttpServletRequestWrapper {

    WithoutType(HttpServletRequest request) {
      super(request);
    }

    private static boolean isHidden(String name) {
      return HttpHeaders.CONTENT_TYPE.equalsIgnoreCase(name);
    }

    @Override
    public @Nullable String getContentType() {
      return null;
    }

    @Override
    public @Nullable String getHeader(String name) {
      return isHidden(name) ? null : super.getHeader(name);
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
      return isHidden(name) ? Collections.emptyEnumeration() : super.getHeaders(name);
    }

    @Override
    public Enumeration<String> getHeaderNames() {
      List<String> names = Collections.list(super.getHeaderNames());
      names.removeIf(WithoutType::isHidden);
      return Collections.enumeration(names);
    }
  }
}
