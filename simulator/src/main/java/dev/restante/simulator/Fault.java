package dev.restante.simulator;

/** What the simulator does to a story. Each kind is counted where it really happened. */
public enum Fault {
  /** A store call failed before it reached the store, and said so. */
  CALL_LOST,
  /** A write was applied, and its answer was lost. */
  UNKNOWN_APPLIED,
  /** A write was not applied, and nobody can tell. */
  UNKNOWN_NOT_APPLIED,
  /** A write's outcome was unknown, and it was applied later, perhaps after it was repeated. */
  LANDS_LATER,
  /** A store call took longer than the node waits for it. */
  SLOW_ANSWER,
  /** The store asked to repeat a call: a deadlock, a busy engine. */
  TRANSIENT_ERROR,
  /** The store could not be reached by anybody for a while. */
  STORE_OUTAGE,
  /** One node could not reach the store for a while. */
  PARTITION,
  /** The store refused a commit for what was in it. */
  DATA_ERROR,
  /** The store went back to an earlier state: acknowledged writes were lost. */
  LOST_WRITES,
  /** A node died, with all that it had not written, and came back empty. */
  NODE_CRASH,
  /** A node stood still for a while, and went on as if nothing had been. */
  NODE_PAUSE,
  /** A node was closed in good order while work was under way, and came back. */
  NODE_CLOSED,
  /** A node's clock stepped forward or back. */
  CLOCK_STEP,
  /** An inbox was trimmed until nothing was left, and got new rows afterwards. */
  TRIM_TO_EMPTY,
  /** A device lost its connection in mid-work, with messages under way in both directions. */
  CONNECTION_LOST,
  /** A device died of an entry that it was handed, as it does each time. */
  POISON_ENTRY,
  /** Two nodes wrote to the same inbox. */
  SHARED_INBOX,
  /** A node refused a submit because too much was waiting. */
  OVERLOAD,
  /** A message over the bus did not reach a node. */
  HINT_LOST,
  /** A message over the bus came seconds late, behind later ones. */
  HINT_LATE,
  /** A message over the bus came twice. */
  HINT_TWICE,
  /** A message came over the bus that no node sent: garbage, or a lie. */
  HINT_FALSE,
  /** One node was cut off from the bus for a while. */
  BUS_PARTITION,
  /** A call to the store of cursors or leases, where that is apart, failed or ended in doubt. */
  APART_AWAY,
  /** The store of cursors or leases, where that is apart, forgot everything. */
  APART_LOST
}
