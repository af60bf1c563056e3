package dev.restante.api;

import java.time.Instant;

/** An entry of a conversation's log. */
public sealed interface LogEntry extends Entry
    permits Message, GroupCreated, MembershipChanged, TitleChanged, UnknownEntry {
  /** The conversation. */
  ConversationId conversation();

  /** The number within the conversation: 1, 2, 3 … */
  long seq();

  /** When it was accepted, to the millisecond, never before its predecessor. */
  Instant serverTime();

  /**
   * Fields that a newer version wrote and this one does not know, kept as they came so that they
   * pass through; almost always empty.
   */
  Payload unknownFields();
}
