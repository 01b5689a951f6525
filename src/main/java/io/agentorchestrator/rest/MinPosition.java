package io.agentorchestrator.rest;

import jakarta.servlet.http.HttpServletRequest;
import java.util.OptionalLong;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;

/** The {@code min_position} that the read on this thread asks for, checked before it begins. */
public final class MinPosition {

  private static final String ATTRIBUTE = MinPosition.class.getName();

  private MinPosition() {}

  static void keep(HttpServletRequest request, long position) {
    request.setAttribute(ATTRIBUTE, position);
  }

  /** Returns it; empty where it was not given, or nobody on this thread answers a request. */
  public static OptionalLong ofRequest() {
    RequestAttributes request = RequestContextHolder.getRequestAttributes();
    return request != null
            && request.getAttribute(ATTRIBUTE, RequestAttributes.SCOPE_REQUEST) instanceof Long min
        ? OptionalLong.of(min)
        : OptionalLong.empty();
  }
}
