package io.agentorchestrator.security;

import io.agentorchestrator.security.SecurityProperties.Mode;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementServerProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.core.GrantedAuthorityDefaults;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.security.web.header.writers.HstsHeaderWriter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.web.context.support.WebApplicationContextUtils;

/**
 * A chain of filters for each port. Without state: no session, no cookie, and with neither nothing
 * that a page of somebody else's could make a browser do.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({SecurityProperties.class, RateLimitProperties.class})
class SecurityConfiguration {

  private static final String MANAGEMENT = "management";

  /** Scopes are named as they are, without a prefix. */
  @Bean
  static GrantedAuthorityDefaults scopesAreRoles() {
    return new GrantedAuthorityDefaults("");
  }

  /** What is refused is counted by reason; each step of each request on top would be no news. */
  @Bean
  static SecurityObservationSettings noObservations() {
    return SecurityObservationSettings.noObservations();
  }

  @Bean
  RateLimit rateLimit(SecurityProperties security, RateLimitProperties limits) {
    Mode mode = security.mode();
    return new RateLimit(limits.requestsPerSecond(mode), limits.burst(mode), limits.clients());
  }

  /**
   * Refuses paths that one part may read as another than the next. Names and values of headers and
   * parameters are left to whoever reads them, who answers with what is wrong; from in here they
   * would fail in the middle of that.
   */
  @Bean
  HttpFirewall firewall(SecurityProperties security) {
    StrictHttpFirewall firewall = new StrictHttpFirewall();
    firewall.setUnsafeAllowAnyHttpMethod(
        true); // Of what is there, all but reading is answered 405.
    firewall.setAllowedHeaderNames(name -> true);
    firewall.setAllowedHeaderValues(value -> true);
    firewall.setAllowedParameterNames(name -> true);
    if (security.mode() == Mode.NONE) {
      Set<String> hosts =
          security.hosts().stream()
              .map(host -> host.toLowerCase(Locale.ROOT))
              .collect(Collectors.toUnmodifiableSet());
      firewall.setAllowedHostnames(host -> Loopback.isHost(host, hosts));
    }
    return firewall;
  }

  /**
   * Refuses an unsafe start when the web server is made: before the database is asked for anything,
   * and long before a port opens.
   */
  @Bean
  static WebServerFactoryCustomizer<ConfigurableWebServerFactory> safeStart(
      SecurityProperties security,
      Credentials credentials, // They refuse by themselves.
      ServerProperties server,
      ManagementServerProperties management,
      Environment environment) {
    if (security.mode() == Mode.NONE) {
      Loopback.require(
          server.getAddress(),
          management.getAddress(),
          ManagementPortType.get(environment) == ManagementPortType.DIFFERENT);
    }
    return factory -> {};
  }

  @Bean
  @Order(1)
  SecurityFilterChain management(HttpSecurity http, Credentials credentials, Answers answers) {
    http.securityMatcher(SecurityConfiguration::isManagement);
    return chain(http, credentials.filter(answers), answers, ReadRule.MANAGEMENT);
  }

  /** A limit on this port alone: a flood of reads must not have a probe refused, and so an end. */
  @Bean
  @Order(2)
  SecurityFilterChain reads(
      HttpSecurity http, Credentials credentials, RateLimit limit, Answers answers) {
    http.addFilterAfter(new RateLimitFilter(limit, answers), AnonymousAuthenticationFilter.class);
    return chain(http, credentials.filter(answers), answers, ReadRule.READS);
  }

  private static SecurityFilterChain chain(
      HttpSecurity http, Filter credentials, Answers answers, List<ReadRule> rules) {
    http.csrf(AbstractHttpConfigurer::disable)
        .logout(AbstractHttpConfigurer::disable)
        .requestCache(AbstractHttpConfigurer::disable)
        .sessionManagement(
            sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .headers(
            headers ->
                headers
                    .defaultsDisabled()
                    .addHeaderWriter(new SecurityHeaders())
                    .addHeaderWriter(new HstsHeaderWriter()))
        .exceptionHandling(
            failures -> failures.authenticationEntryPoint(answers).accessDeniedHandler(answers))
        .addFilterBefore(credentials, AnonymousAuthenticationFilter.class)
        .authorizeHttpRequests(
            requests -> {
              // Going on with what was let in before, or telling of its failure.
              requests
                  .dispatcherTypeMatchers(DispatcherType.ASYNC, DispatcherType.ERROR)
                  .permitAll();
              rules.forEach(
                  rule ->
                      requests
                          .requestMatchers(PathPatternRequestMatcher.pathPattern(rule.pattern()))
                          .access(rule));
              requests.anyRequest().denyAll();
            });
    return http.build();
  }

  private static boolean isManagement(HttpServletRequest request) {
    return WebServerApplicationContext.hasServerNamespace(
        WebApplicationContextUtils.getRequiredWebApplicationContext(request.getServletContext()),
        MANAGEMENT);
  }
}
