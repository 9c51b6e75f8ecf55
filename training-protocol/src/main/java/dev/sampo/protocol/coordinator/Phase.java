package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.ToCoordinator;

/**
 * One phase of a reign, with only the state of that phase. Inputs that a phase has no use for are
 * late answers to an earlier one: it ignores them.
 */
interface Phase {
  void on(Member from, ToCoordinator message, long nowMs);

  /** Repeats requests that were not answered, and looks at who is alive. */
  void onTick(long nowMs);
}
