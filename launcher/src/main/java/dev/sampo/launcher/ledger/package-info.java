/**
 * What a run was: its nodes' events, added up and judged.
 *
 * <p>{@link dev.sampo.launcher.ledger.EventTail} reads a node's {@code events.jsonl} as it grows;
 * {@link dev.sampo.launcher.ledger.RunLedger} adds the events of all nodes up, in whatever order
 * they come; {@link dev.sampo.launcher.ledger.Invariants} asks it what must be true of every run,
 * and {@link dev.sampo.launcher.ledger.Verdict} is the answer: pass, fail or unknown.
 *
 * <p>Threading: one thread at a time.
 *
 * <p>Must not know: processes, and how faults are brought about. Only {@code EventTail} touches
 * files; the rest is pure.
 */
@NullMarked
package dev.sampo.launcher.ledger;

import org.jspecify.annotations.NullMarked;
