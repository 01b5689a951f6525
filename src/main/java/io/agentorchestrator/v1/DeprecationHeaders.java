package io.agentorchestrator.v1;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Says of each answer under {@code /api/v1} to those who are let in, whatever it is, that the path
 * is on its way out: {@code Deprecation} (RFC 9745), {@code Sunset} (RFC 8594), and in {@code Link}
 * what comes after it and where to read about it.
 */
final class DeprecationHeaders extends OncePerRequestFilter {

  /** HTTP's own form of a time (RFC 9110, section 5.6.7): the day has two digits always. */
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  /** Paths that are read under v2, too. An id of another form is nothing to repeat in a header. */
  private static final Pattern READ =
      Pattern.compile("/api/v1/(agents|tasks|tasks/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");

  private final String deprecation;
  private final String sunset;
  private final String documentation;

  DeprecationHeaders(V1Properties properties) {
    this.deprecation = "@" + properties.deprecatedAt().getEpochSecond();
    this.sunset = HTTP_DATE.format(properties.sunset());
    this.documentation = properties.documentation().toASCIIString();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    response.setHeader("Deprecation", deprecation);
    response.setHeader("Sunset", sunset);
    Matcher read =
        READ.matcher(request.getRequestURI().substring(request.getContextPath().length()));
    if (read.matches()) {
      response.addHeader(
          HttpHeaders.LINK,
          "<%s/api/v2/%s>; rel=\"successor-version\""
              .formatted(request.getContextPath(), read.group(1)));
    }
    response.addHeader(HttpHeaders.LINK, link("deprecation"));
    response.addHeader(HttpHeaders.LINK, link("sunset"));
    chain.doFilter(request, response);
  }

  private String link(String relation) {
    return "<%s>; rel=\"%s\"; type=\"text/html\"".formatted(documentation, relation);
  }
}
