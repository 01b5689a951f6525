/** Tests of the connection to the database. */
@NullMarked
package io.agentorchestrator.database;

import org.jspecify.annotations.NullMarked;
