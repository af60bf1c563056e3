package dev.restante.simulator;

/** What must hold in every story, whatever happens in it. */
public enum Invariant {
  /** Every acknowledged message is in its conversation's log, at the acknowledged number (M1). */
  ACKNOWLEDGED_IS_STORED,
  /** A log's numbers are 1, 2, 3 … without a gap (M2). */
  LOG_DENSE,
  /** No stream gives a number twice, even after its rows are gone. */
  NUMBER_USED_ONCE,
  /**
   * What a device submitted to a conversation through sessions has the order of submission (M2).
   */
  SENDER_ORDER,
  /** A client message id names one message: one place in the log, one acknowledgement (M3). */
  SUBMITTED_ONCE,
  /** A repeat is said to be a repeat, and only a repeat is (M3). */
  REPEAT_HONEST,
  /**
   * What a transaction of the host enqueued is a message if it was committed, in the order of
   * enqueueing, or a dead letter that tells the right reason; and neither if it was rolled back.
   */
  ENQUEUED,
  /** A refusal says what is so: what was refused for good is nowhere, with the right reason. */
  REFUSAL_HONEST,
  /** Every device of a member has every entry that the member was to get (S2). */
  DELIVERED_TO_ALL,
  /** Who is told that he caught up has all that was in the inbox when his session began (S1). */
  CAUGHT_UP_HONEST,
  /** Entries of a conversation reach a device in the order of their numbers (S6). */
  DELIVERED_IN_ORDER,
  /** An entry has one content, whoever reads it, whenever and however. */
  SAME_CONTENT,
  /** What a device acknowledged is not brought again (S3). */
  NOT_REPEATED,
  /** A subscriber gets what it asked for, page limits and the acknowledgement window kept (S4). */
  DEMAND_KEPT,
  /**
   * An entry is set aside only after it was handed to the device as often as the option says (S4).
   */
  SET_ASIDE_LAST,
  /** Devices agree with the log on titles and members, and with each other (S9). */
  CONVERGENCE,
  /** Nobody sees a group's entries from after he left it. */
  MEMBERS_ONLY,
  /** What only moves forward does: floors, cursors and the like. */
  MONOTONE,
  /** A commit is accepted only where what it asks for is so: guards and expected versions. */
  CONDITIONS_KEPT,
  /**
   * A lease changes hands only if its holder let go of it, did not renew it for the whole lease
   * time, or it was lost; and what is done under it is done by whoever put up the last fence,
   * however late (O6).
   */
  ONE_HOLDER,
  /** Server time never goes back in a log and stays near the true time. */
  SERVER_TIME,
  /** The count of countable messages in a log is right at every entry. */
  ORDINALS,
  /** The store is called where the host lets it block, and nowhere else. */
  CALLER_NOT_BLOCKED,
  /** Everything asked for ends, one way or the other, and everybody catches up in the end. */
  NOTHING_HANGS,
  /** Queues stay within their limits and are empty in the end. */
  BOUNDED,
  /** Lost writes that a device had seen are noticed and told, and no others. */
  LOSS_TOLD,
  /** Nothing is accepted from a device once its revocation was acknowledged. */
  BARRED_IS_OUT,
  /** Nothing throws where it must not. */
  NO_EXCEPTION
}
