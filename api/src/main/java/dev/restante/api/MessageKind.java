package dev.restante.api;

/**
 * What a message is: one of the kinds below, or the host's own.
 *
 * @param name 1 to {@value #MAX_BYTES} bytes of UTF-8
 */
public record MessageKind(String name) {
  /** The longest name, in bytes of UTF-8. */
  public static final int MAX_BYTES = 64;

  /** Text that a user wrote. */
  public static final MessageKind TEXT = new MessageKind("text");

  /** A picture, by reference or small and inline. */
  public static final MessageKind IMAGE = new MessageKind("image");

  /** A recorded voice message. */
  public static final MessageKind VOICE = new MessageKind("voice");

  /** A video clip. */
  public static final MessageKind VIDEO = new MessageKind("video");

  /** A file. */
  public static final MessageKind FILE = new MessageKind("file");

  /** A notice by the host's system. By default it does not count as unread. */
  public static final MessageKind SYSTEM = new MessageKind("system");

  /**
   * @throws InvalidValueException if the name is empty, too long, or has no UTF-8 form
   */
  public MessageKind {
    Text.id("message kind", name, MAX_BYTES);
  }
}
