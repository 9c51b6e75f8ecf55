package dev.sampo.parameter;

import java.io.IOException;

/** Where blocks of a version come from that is not computed here. */
@FunctionalInterface
public interface BlockSource {
  /** Writes the parameters and the state of the block's range, all of them. */
  void fill(Block block) throws IOException;
}
