package dev.restante.api.wire;

import org.jspecify.annotations.Nullable;

/**
 * Bytes that are not what they should be: cut off, out of bounds, or of an incompatible version.
 */
public final class WireFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public WireFormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  WireFormatException(String message) {
    this(message, null);
  }
}
