package dev.restante.example.chat;

import java.time.Duration;

/** What a client may ask of the server. */
final class Limits {
  /** The longest frame that is read, in characters. */
  static final int FRAME_CHARS = 64 * 1024;

  /** A longer message is not even received: the socket is closed with 1009. In bytes. */
  static final int HARD_FRAME_BYTES = 1024 * 1024;

  /** The largest text of a message, in bytes of UTF-8; Restante refuses larger ones. */
  static final int TEXT_BYTES = 8 * 1024;

  /** The largest body of a login request, in bytes. */
  static final int LOGIN_BYTES = 4 * 1024;

  /** The most requests of one socket that may wait for an answer. */
  static final int REQUESTS_IN_FLIGHT = 256;

  /** The most characters that may wait for a device that does not read. */
  static final int WAITING_CHARS = 4 * 1024 * 1024;

  /** The most sockets at once. */
  static final int SOCKETS = 2_000;

  /** The most users that one request may name. */
  static final int USERS = 500;

  /** The most entries of a page of history. */
  static final int HISTORY_ENTRIES = 200;

  /** How long a socket may stay silent about who it is. */
  static final Duration HELLO = Duration.ofSeconds(10);

  /** How often the server pings, which keeps idle sockets open and finds dead ones. */
  static final Duration PING = Duration.ofSeconds(15);

  /** A socket that is silent for so long, not even answering pings, is closed. */
  static final Duration IDLE = Duration.ofSeconds(60);

  private Limits() {}
}
