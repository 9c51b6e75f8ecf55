package dev.sampo.config;

/** What a node does for the cluster. A node that only votes is a witness. */
public enum Role {
  /** Computes gradients on its devices. */
  COMPUTE,
  /** Keeps replicas of parameter shards. */
  PARAMETERS,
  /** May be a voter of a job's register. */
  VOTER
}
