package io.agentorchestrator.tasks;

import java.util.UUID;

/**
 * The workflow that a new task becomes a part of.
 *
 * @param workflowId its id
 * @param paused whether its tasks are held back
 */
public record Membership(UUID workflowId, boolean paused) {}
