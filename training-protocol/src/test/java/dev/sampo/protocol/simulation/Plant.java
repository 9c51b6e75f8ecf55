package dev.sampo.protocol.simulation;

/** A bug that a test plants, to show that the simulator would find it. */
enum Plant {
  NONE,
  /** Messages meant for a former life reach the present one (trace 6). */
  INCARNATIONS_IGNORED,
  /** Voters forget when they restart. */
  VOTERS_FORGET,
  /** A voter says Accepted before its disk has it, and the write is lost (trace 5). */
  ACCEPTED_BUT_NOT_STORED,
  /** Applying a step makes the side that it starts from invalid (trace 19). */
  BASE_OVERWRITTEN_EARLY,
  /** What a replica that was configured out has is kept when it comes back (trace 20). */
  OLD_STORES_COUNT,
  /** After a restart a half written side is taken for whole. */
  TORN_SIDES_COUNT,
}
