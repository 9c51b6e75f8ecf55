package dev.sampo.gradient;

/**
 * The two lanes of a stream. Each has at most one transfer under way, and the chunks of both may
 * alternate: so a long copy for a replica that catches up never delays a step.
 */
enum Lane {
  URGENT,
  BACKGROUND
}
