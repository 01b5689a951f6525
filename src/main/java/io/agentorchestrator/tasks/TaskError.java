package io.agentorchestrator.tasks;

import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;

/**
 * Why the last attempt at a task failed.
 *
 * @param code a short name, 1–100 characters
 * @param message for people, at most 5000 characters
 */
@Embeddable
public record TaskError(
    @Column(name = "error_code") @Schema(minLength = 1, maxLength = 100) String code,
    @Column(name = "error_message") @Schema(maxLength = 5000) String message) {}
