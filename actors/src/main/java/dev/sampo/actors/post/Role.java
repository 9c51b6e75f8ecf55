package dev.sampo.actors.post;

/** Whom of a node a parcel is for. */
public enum Role {
  VOTER,
  COORDINATOR,
  REPLICA,
  WORKER,
  NODE
}
