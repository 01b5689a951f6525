package io.agentorchestrator.rest;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** The statements Hibernate takes to answer requests, by a name that each request bears. */
public final class StatementLog implements StatementInspector {

  static final String HEADER = "Test-Name";

  private static final Map<String, List<String>> STATEMENTS = new ConcurrentHashMap<>();

  static List<String> of(String name) {
    return STATEMENTS.getOrDefault(name, List.of());
  }

  @Override
  public String inspect(String sql) {
    if (RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes request) {
      String name = request.getRequest().getHeader(HEADER);
      if (name != null) {
        STATEMENTS.computeIfAbsent(name, unused -> new CopyOnWriteArrayList<>()).add(sql);
      }
    }
    return sql;
  }
}
