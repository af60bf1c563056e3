package dev.restante.api;

/** A value that breaks a fixed limit of the vocabulary. The message names value and limit. */
public final class InvalidValueException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public InvalidValueException(String message) {
    super(message);
  }
}
