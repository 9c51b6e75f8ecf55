package dev.sampo.actors.job;

import dev.sampo.model.evaluate.Evaluation;
import java.nio.file.Path;

/** What is seen of a job on this node. */
public sealed interface Observation {
  /**
   * The first committed version that this node has heard of: where the job goes on from.
   *
   * @param version 0 at the beginning
   */
  record Begun(long version) implements Observation {}

  /** A version that this node has heard is committed. */
  record Committed(long version) implements Observation {}

  /** A committed version's loss on the held-out text. */
  record Validated(long version, Evaluation evaluation) implements Observation {}

  /**
   * A committed version that could not be validated.
   *
   * @param reason a sentence
   */
  record NotValidated(long version, String reason) implements Observation {}

  /**
   * This node has no version of a shard and cannot get one by itself: there is no room for it, or
   * the snapshot that the run begins with cannot be loaded.
   *
   * @param reason a sentence
   */
  record ShardRefused(int shard, String reason) implements Observation {}

  /**
   * The last version is written.
   *
   * @param sha256 of the parameters, in hexadecimal
   */
  record Exported(Path folder, String sha256) implements Observation {}

  /**
   * The last version could not be written.
   *
   * @param reason a sentence
   */
  record NotExported(String reason) implements Observation {}
}
