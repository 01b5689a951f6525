package io.agentorchestrator.security;

import io.agentorchestrator.rest.Scope;
import java.util.Set;
import org.springframework.security.authorization.AuthorizationResult;

/**
 * Whether a request may be answered.
 *
 * @param isGranted whether it may
 * @param needed the scopes it takes
 */
record ScopeDecision(boolean isGranted, Set<Scope> needed) implements AuthorizationResult {}
