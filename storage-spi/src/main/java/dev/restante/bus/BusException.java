package dev.restante.bus;

import org.jspecify.annotations.Nullable;

/** The bus could not be reached, or a message may not have been sent. Nothing is wrong by that. */
public final class BusException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public BusException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
