package io.agentorchestrator.security;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.server.resource.BearerTokenErrors;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationConverter;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.authentication.AuthenticationConverter;
import org.springframework.stereotype.Component;

/**
 * Takes credentials from headers, and from nowhere else: what stands in an address stands in logs.
 */
@Component
class Credentials implements AuthenticationConverter {

  private static final String API_KEY = "X-API-Key";

  private final AuthenticationConverter bearer = new BearerTokenAuthenticationConverter();
  private final @Nullable AuthenticationManager manager;

  /**
   * Reads who may.
   *
   * @throws StartRefusedException if that is not said as it must be
   */
  Credentials(SecurityProperties properties, InstantSource clock) {
    manager =
        switch (properties.mode()) {
          case NONE -> null;
          case API_KEY -> new ApiKeys(properties.apiKeys(), clock);
          case JWT -> new Tokens(properties.jwt(), clock);
        };
  }

  /** Returns a filter that finds out who asks. */
  Filter filter(Answers answers) {
    if (manager == null) {
      return new Everybody.Filter();
    }
    BearerTokenAuthenticationFilter filter = new BearerTokenAuthenticationFilter(manager, this);
    filter.setAuthenticationEntryPoint(answers);
    filter.setAuthenticationFailureHandler(answers::commence);
    return filter;
  }

  @Override
  public @Nullable Authentication convert(HttpServletRequest request) {
    List<String> keys =
        manager instanceof ApiKeys ? Collections.list(request.getHeaders(API_KEY)) : List.of();
    int others = Collections.list(request.getHeaders(HttpHeaders.AUTHORIZATION)).size();
    if (keys.size() + others > 1 || keys.contains("")) {
      // The filter takes no other exception from here.
      throw new OAuth2AuthenticationException(
          BearerTokenErrors.invalidRequest(Refusal.MALFORMED.detail()));
    }
    return keys.isEmpty()
        ? bearer.convert(request)
        : new BearerTokenAuthenticationToken(keys.getFirst());
  }
}
