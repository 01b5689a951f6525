package io.agentorchestrator.rest;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * What users' objects may take of the heap while they are on the way to readers, all answers
 * together: an eighth of it, at least 64 MiB. One answer is bounded by itself, but readers who take
 * theirs slowly, or very many at once, would hold more than there is. Beyond the budget an answer
 * is refused with 503, for the next may have room again.
 */
public final class AnswerBudget extends OncePerRequestFilter {

  private static final String TAKEN = AnswerBudget.class.getName();
  private static final int KIB = 1 << 10;
  private static final long LEAST_BYTES = 64L << 20;

  private final long bytes;
  private final Semaphore kibibytes;

  /** One of this JVM's heap. */
  AnswerBudget() {
    this(Math.max(LEAST_BYTES, Runtime.getRuntime().maxMemory() / 8));
  }

  /** One of so many bytes. */
  AnswerBudget(long bytes) {
    this.bytes = bytes;
    this.kibibytes = new Semaphore(Math.toIntExact(bytes / KIB));
  }

  /** All there is, in bytes. */
  long bytes() {
    return bytes;
  }

  /** What is not taken, in bytes. */
  long free() {
    return (long) kibibytes.availablePermits() * KIB;
  }

  /**
   * Takes what a row of the answer to the present request holds, until it is answered. Outside of a
   * request there is nothing to be taken.
   *
   * @param size in bytes
   * @throws org.springframework.web.ErrorResponseException if there is not so much left
   */
  public void take(long size) {
    RequestAttributes request = RequestContextHolder.getRequestAttributes();
    if (request == null) {
      return;
    }
    // Rounded up, so that many small rows are not for nothing.
    int more = Math.toIntExact((size + KIB - 1) / KIB);
    if (!kibibytes.tryAcquire(more)) {
      throw Problem.unavailable(
          "Answers on the way to readers hold all the memory that they may. Ask again, or for less"
              + " at once.");
    }
    request.setAttribute(
        TAKEN,
        more + taken(request.getAttribute(TAKEN, RequestAttributes.SCOPE_REQUEST)),
        RequestAttributes.SCOPE_REQUEST);
  }

  private static int taken(@Nullable Object attribute) {
    return attribute instanceof Integer number ? number : 0;
  }

  /** Once the answer has gone out as a whole, what it took is free again. */
  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try {
      chain.doFilter(request, response);
    } finally {
      kibibytes.release(taken(request.getAttribute(TAKEN)));
    }
  }
}
