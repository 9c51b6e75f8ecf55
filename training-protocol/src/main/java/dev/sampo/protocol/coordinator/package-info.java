/**
 * The coordinator: takes up the register, asks the replicas what they hold, and leads the steps.
 *
 * <p>{@link dev.sampo.protocol.coordinator.Coordinator} owns all transitions; each phase is a class
 * with only that phase's state. Pure functions decide what recovery finds ({@code Recovery}) and
 * who should hold what ({@code Placement}).
 */
@NullMarked
package dev.sampo.protocol.coordinator;

import org.jspecify.annotations.NullMarked;
