package dev.restante.api;

import static java.util.Objects.requireNonNull;

/**
 * Numbers of a conversation that a device is not brought: the inbox no longer has them, or the
 * device's policy leaves them out. What still exists of them is in the history.
 *
 * @param conversation the conversation
 * @param fromSeq the first number missing
 * @param toSeq the last number missing
 */
public record Gap(ConversationId conversation, long fromSeq, long toSeq) implements Entry {
  /**
   * @throws InvalidValueException if the range is empty or begins before 1
   */
  public Gap {
    requireNonNull(conversation, "conversation");
    if (fromSeq < 1 || toSeq < fromSeq) {
      throw new InvalidValueException("not a range of sequence numbers: " + fromSeq + ".." + toSeq);
    }
  }
}
