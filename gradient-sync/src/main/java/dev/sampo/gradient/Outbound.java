package dev.sampo.gradient;

/** The way to one incarnation of one node. */
sealed interface Outbound permits RemoteOutbound, LocalOutbound {

  /** From any thread. */
  Offer offer(TransferQueue.Queued transfer);

  /** One round of the agent thread. Returns how much was done; 0 lets the thread rest. */
  int doWork(long nowNs);

  /** On the agent thread: ends every transfer that is queued or under way. */
  void close(SendOutcome outcome);
}
