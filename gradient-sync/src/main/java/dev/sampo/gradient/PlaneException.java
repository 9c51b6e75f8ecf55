package dev.sampo.gradient;

import org.jspecify.annotations.Nullable;

/** The tensor plane cannot be opened. The message is made for the operator: rule, values, hint. */
public final class PlaneException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PlaneException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
