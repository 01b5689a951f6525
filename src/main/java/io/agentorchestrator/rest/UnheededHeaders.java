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
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Hides what nothing here heeds. Nobody reads a request's content; but Spring looks at what it is
 * said to be, refuses a media type that is none, and fails at a pattern of them where it finds no
 * handler. No answer comes in parts; but where the documentation is asked for a part that it does
 * not have, Spring would refuse that with the whole of it.
 */
final class UnheededHeaders extends OncePerRequestFilter {

  private static final Set<String> UNHEEDED =
      Set.of(
          HttpHeaders.CONTENT_TYPE.toLowerCase(Locale.ROOT),
          HttpHeaders.RANGE.toLowerCase(Locale.ROOT));

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    chain.doFilter(new Heeded(request), response);
  }

  private static final class Heeded extends HttpServletRequestWrapper {

    Heeded(HttpServletRequest request) {
      super(request);
    }

    private static boolean isHidden(String name) {
      return UNHEEDED.contains(name.toLowerCase(Locale.ROOT));
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
      names.removeIf(Heeded::isHidden);
      return Collections.enumeration(names);
    }
  }
}
