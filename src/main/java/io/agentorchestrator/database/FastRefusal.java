package io.agentorchestrator.database;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Refuses reads at once while the database is away, where each would else wait for a connection as
 * long as a command may. A pool that has lost all its connections is the sign to look.
 */
@Component
class FastRefusal implements HandlerInterceptor, WebMvcConfigurer {

  private final List<HikariDataSource> dataSources;
  private final DatabaseProbe probe;

  FastRefusal(List<HikariDataSource> dataSources, DatabaseProbe probe) {
    this.dataSources = dataSources;
    this.probe = probe;
  }

  @Override
  public void addInterceptors(InterceptorRegistry registry) {
    registry
        .addInterceptor(this)
        .addPathPatterns("/api/v2/**")
        .excludePathPatterns("/api/v2/health/**");
  }

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    if (dataSources.stream().allMatch(FastRefusal::isEmpty) && !probe.look().isAnswered()) {
      throw new CannotGetJdbcConnectionException("The database is away.");
    }
    return true;
  }

  private static boolean isEmpty(HikariDataSource dataSource) {
    HikariPoolMXBean pool = dataSource.getHikariPoolMXBean();
    return pool == null || pool.getTotalConnections() == 0;
  }
}
