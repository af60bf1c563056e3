package dev.restante.internal;

/** What rows of inboxes mean. The numbers are stored and never change. */
final class InboxTypes {
  /** Refers to a row of a log. */
  static final int REFERENCE = 1;

  /** The user's own devices changed. */
  static final int DEVICES = 2;

  private InboxTypes() {}
}
