package io.agentorchestrator.security;

import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.ProblemResponse;
import io.agentorchestrator.rest.Scope;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authorization.AuthorizationDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.stereotype.Component;

/**
 * Tells who is refused why, as problem details with the challenge of RFC 6750. Wrong credentials
 * count as requests of the address they come from, so that nobody tries them faster than he reads.
 */
@Component
class Answers implements AuthenticationEntryPoint, AccessDeniedHandler, RequestRejectedHandler {

  private static final String CHALLENGE = "Bearer realm=\"agent-orchestrator\"";

  private final RateLimit limit;
  private final Refusals refusals;

  Answers(RateLimit limit, Refusals refusals) {
    this.limit = limit;
    this.refusals = refusals;
  }

  @Override
  public void commence(
      HttpServletRequest request, HttpServletResponse response, AuthenticationException failure)
      throws IOException {
    Refusal refusal = refusal(failure);
    refusals.count(refusal);
    if (refusal != Refusal.NO_CREDENTIALS) {
      OptionalLong wait = limit.count(Clients.of(request, null));
      if (wait.isPresent()) {
        tooMany(request, response, wait.getAsLong());
        return;
      }
    }
    if (refusal == Refusal.ISSUER_AWAY) {
      response.setHeader(HttpHeaders.RETRY_AFTER, Problem.RETRY_AFTER_SECONDS);
      ProblemResponse.write(request, response, HttpStatus.SERVICE_UNAVAILABLE, refusal.detail());
      return;
    }
    challenge(response, refusal == Refusal.NO_CREDENTIALS ? null : "invalid_token", null);
    ProblemResponse.write(request, response, HttpStatus.UNAUTHORIZED, refusal.detail());
  }

  /** A path without a rule is not there, whoever asks. */
  @Override
  public void handle(
      HttpServletRequest request, HttpServletResponse response, AccessDeniedException denied)
      throws IOException {
    if (denied instanceof AuthorizationDeniedException decided
        && decided.getAuthorizationResult() instanceof ScopeDecision decision) {
      String needed =
          decision.needed().stream().map(Scope::value).sorted().collect(Collectors.joining(" "));
      refusals.count(Refusal.MISSING_SCOPE);
      challenge(response, "insufficient_scope", needed);
      ProblemResponse.write(
          request,
          response,
          HttpStatus.FORBIDDEN,
          "This needs credentials with %s.".formatted(needed));
    } else {
      ProblemResponse.write(request, response, HttpStatus.NOT_FOUND, null);
    }
  }

  /** What cannot be told safely from another path or host. */
  @Override
  public void handle(
      HttpServletRequest request, HttpServletResponse response, RequestRejectedException rejected)
      throws IOException {
    refusals.count(Refusal.BAD_REQUEST);
    SecurityHeaders.write(response);
    ProblemResponse.write(request, response, HttpStatus.BAD_REQUEST, Refusal.BAD_REQUEST.detail());
  }

  /** A client asks for more than it may. */
  void tooMany(HttpServletRequest request, HttpServletResponse response, long seconds)
      throws IOException {
    refusals.count(Refusal.RATE_LIMIT);
    response.setHeader(HttpHeaders.RETRY_AFTER, String.valueOf(seconds));
    ProblemResponse.write(
        request, response, HttpStatus.TOO_MANY_REQUESTS, Refusal.RATE_LIMIT.detail());
  }

  private static Refusal refusal(AuthenticationException failure) {
    if (failure instanceof RefusedCredentialsException refused) {
      return refused.refusal();
    }
    return failure instanceof OAuth2AuthenticationException
        ? Refusal.MALFORMED
        : Refusal.NO_CREDENTIALS;
  }

  private static void challenge(
      HttpServletResponse response, @Nullable String error, @Nullable String scope) {
    StringBuilder challenge = new StringBuilder(CHALLENGE);
    if (error != null) {
      challenge.append(", error=\"").append(error).append('"');
    }
    if (scope != null) {
      challenge.append(", scope=\"").append(scope).append('"');
    }
    response.setHeader(HttpHeaders.WWW_AUTHENTICATE, challenge.toString());
  }
}
