package dev.restante.example.chat;

import dev.restante.api.sync.DeviceSession;

/** Why the server closes a socket; 4000 and above are this protocol's own. */
enum Closing {
  NORMAL(1000),
  /** The server stops; it may be back soon. */
  RESTART(1012),
  TOO_MANY_SOCKETS(1013),
  INTERNAL(1011),
  /** The token is not one of the device that the socket claims to be. */
  BAD_TOKEN(4401),
  /** A page of another site opened the socket. */
  FOREIGN_ORIGIN(4403),
  HELLO_TOO_LATE(4408),
  /** The device connected again. */
  REPLACED(4409),
  /** The device was revoked: destroy its data. */
  REVOKED(4410),
  DEVICE_LIMIT(4411),
  CURSOR_INVALID(4412),
  /** The device does not read what it asked for. */
  NOT_READING(4413),
  /** Too many conversations wait to be resumed: connect again and repeat. */
  UNRESUMED(4414),
  /** More requests wait for an answer than the welcome allows. */
  TOO_MANY_REQUESTS(4429);

  private final int code;

  Closing(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static Closing of(DeviceSession.End end) {
    return switch (end) {
      case CLOSED -> NORMAL;
      case REPLACED -> REPLACED;
      case REVOKED -> REVOKED;
      case DEVICE_LIMIT -> DEVICE_LIMIT;
      case SUBSCRIBER -> INTERNAL;
      case CURSOR_INVALID -> CURSOR_INVALID;
      case UNRESUMED -> UNRESUMED;
      case NODE_CLOSING -> RESTART;
    };
  }
}
