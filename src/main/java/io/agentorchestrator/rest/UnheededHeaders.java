package io.agentorchestrator.rest;

import static java.util.stream.Collectors.joining;

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
import org.springframework.util.MimeTypeUtils;
import org.springframework.util.StringUtils;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Hides what nothing here heeds. Nobody reads a request's content; but Spring looks at what it is
 * said to be, refuses a media type that is none, and fails at a pattern of them where it finds no
 * handler. No answer comes in parts; but where the documentation is asked for a part that it does
 * not have, Spring would refuse that with the whole of it. Empty elements of what a client accepts
 * say nothing (RFC 9110, 5.6.1.2); but Spring Boot's endpoints fail at them.
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
      Enumeration<String> values = getHeaders(name);
      return values.hasMoreElements() ? values.nextElement() : null;
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
      if (isHidden(name)) {
        return Collections.emptyEnumeration();
      }
      return HttpHeaders.ACCEPT.equalsIgnoreCase(name)
          ? withoutEmptyElements(super.getHeaders(name))
          : super.getHeaders(name);
    }

    private static Enumeration<String> withoutEmptyElements(Enumeration<String> values) {
      String elements =
          Collections.list(values).stream()
              .flatMap(value -> MimeTypeUtils.tokenize(value).stream())
              .filter(StringUtils::hasText)
              .collect(joining(","));
      return Collections.enumeration(elements.isEmpty() ? List.of() : List.of(elements));
    }

    @Override
    public Enumeration<String> getHeaderNames() {
      List<String> names = Collections.list(super.getHeaderNames());
      names.removeIf(Heeded::isHidden);
      return Collections.enumeration(names);
    }
  }
}
