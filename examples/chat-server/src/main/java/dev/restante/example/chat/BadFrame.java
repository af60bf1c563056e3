package dev.restante.example.chat;

import dev.restante.api.InvalidValueException;

/** A frame that cannot be understood. Its text goes to the client. */
final class BadFrame extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong with it. */
  enum Code {
    BAD_JSON,
    FRAME_TOO_LARGE,
    UNKNOWN_TYPE,
    BAD_FIELD,
    /** The first frame has to be {@code hello}. */
    HELLO_FIRST,
    /** A socket is one device; another device needs another socket. */
    ALREADY_CONNECTED,
    /** A frame names a user or device other than the socket's. */
    ACTING_FOR_ANOTHER,
    INTERNAL
  }

  private final Code code;
  private final String detail;

  BadFrame(Code code, String detail) {
    super(detail, null, false, false);
    this.code = code;
    this.detail = detail;
  }

  /** A field that breaks a limit of Restante's vocabulary. */
  static BadFrame of(InvalidValueException value) {
    return new BadFrame(Code.BAD_FIELD, String.valueOf(value.getMessage()));
  }

  Code code() {
    return code;
  }

  /** For people: names the value and the limit. */
  String detail() {
    return detail;
  }
}
