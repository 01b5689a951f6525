package io.agentorchestrator.security;

import io.agentorchestrator.rest.Scope;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Whoever asks under {@code none}: somebody with every scope. So the same rules hold as for anybody
 * else, and a path without one is not served under {@code none} either, where its author sees it.
 */
final class Everybody extends AbstractAuthenticationToken {

  private Everybody() {
    super(
        Arrays.stream(Scope.values())
            .map(scope -> new SimpleGrantedAuthority(scope.value()))
            .toList());
    setAuthenticated(true);
  }

  @Override
  public Object getCredentials() {
    return "";
  }

  @Override
  public Object getPrincipal() {
    return "everybody";
  }

  /** Takes everybody for granted. */
  static final class Filter extends OncePerRequestFilter {

    @Override
    protected void doFilterInternal(
        HttpServletRequest request, HttpServletResponse response, FilterChain chain)
        throws ServletException, IOException {
      SecurityContext context = SecurityContextHolder.createEmptyContext();
      context.setAuthentication(new Everybody());
      SecurityContextHolder.setContext(context);
      chain.doFilter(request, response);
    }
  }
}
