package dev.sampo.actors.node;

/** Why a node cannot start or go on: a rule, what broke it, and a hint. */
public final class NodeFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public NodeFailure(String message) {
    super(message);
  }

  public NodeFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
