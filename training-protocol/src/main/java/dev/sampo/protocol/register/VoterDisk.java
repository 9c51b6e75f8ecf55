package dev.sampo.protocol.register;

/** Where a voter keeps its state. When {@link #write} returns, a power cut cannot undo it. */
public interface VoterDisk {
  VoterState read();

  void write(VoterState state);
}
