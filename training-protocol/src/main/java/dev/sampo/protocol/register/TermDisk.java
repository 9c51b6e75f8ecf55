package dev.sampo.protocol.register;

/** The proposer's own durable counter: no term leaves it before the disk has it. */
public interface TermDisk {
  /** A counter above every earlier one of this node and above {@code floor}; durable on return. */
  long nextAbove(long floor);
}
