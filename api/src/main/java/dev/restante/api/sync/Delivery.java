package dev.restante.api.sync;

import static java.util.Objects.requireNonNull;

import dev.restante.api.Entry;
import java.util.List;

/** One thing that a session hands to its subscriber. */
public sealed interface Delivery {
  /**
   * Entries in the order of the inbox, to be applied in this order. Entries of one conversation
   * come in the order of their numbers; one that the device has already is to be ignored.
   *
   * @param entries one or more; none where the wire codec passed over all of them, which it does
   *     with what a newer version sent and this one does not know
   * @param cursor acknowledge this after the entries are applied and kept
   */
  record Page(List<Entry> entries, Cursor cursor) implements Delivery {
    public Page {
      requireNonNull(cursor, "cursor");
      entries = List.copyOf(entries);
    }
  }

  /**
   * Where the user's conversations stand: sent first where the policy asks for it, and instead of
   * entries to a device that is new or too far behind. A long one comes in parts.
   *
   * @param reason why it was sent
   * @param conversations some or all of the user's conversations
   * @param last whether this is the last part
   * @param cursor acknowledge this after the last part is applied and kept; on other parts it is
   *     the place before the snapshot
   */
  record Snapshot(
      Reason reason, List<ConversationSummary> conversations, boolean last, Cursor cursor)
      implements Delivery {
    public Snapshot {
      requireNonNull(reason, "reason");
      requireNonNull(cursor, "cursor");
      conversations = List.copyOf(conversations);
    }

    /** Why a snapshot was sent. */
    public enum Reason {
      /** The policy asks for it. Entries follow as if it had not been sent. */
      REQUESTED,
      /** The device is new and the user has others. */
      NEW_DEVICE,
      /** The device is further behind than the policy allows, or its entries were removed. */
      TOO_LONG,
      /**
       * The store lost writes that it had acknowledged, after a failover or restore. The device
       * knows more than the server; whatever it has beyond the snapshot was lost.
       */
      STORE_LOST_WRITES
    }
  }

  /**
   * The device has everything that the inbox had; what follows is live. Sent once a session, and
   * again after a snapshot in mid-session.
   *
   * @param cursor the place reached
   */
  record CaughtUp(Cursor cursor) implements Delivery {
    public CaughtUp {
      requireNonNull(cursor, "cursor");
    }
  }
}
