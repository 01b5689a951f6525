package io.agentorchestrator.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.OptionalLong;
import org.springframework.web.filter.OncePerRequestFilter;

/** Counts the requests of each client once it is known who asks. */
final class RateLimitFilter extends OncePerRequestFilter {

  private final RateLimit limit;
  private final Answers answers;

  RateLimitFilter(RateLimit limit, Answers answers) {
    this.limit = limit;
    this.answers = answers;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    OptionalLong wait = limit.count(Clients.of(request));
    if (wait.isPresent()) {
      answers.tooMany(request, response, wait.getAsLong());
    } else {
      chain.doFilter(request, response);
    }
  }
}
