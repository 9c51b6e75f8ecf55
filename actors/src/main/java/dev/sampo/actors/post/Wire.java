package dev.sampo.actors.post;

/** Marks what may leave the process, as CBOR. */
public interface Wire {}
