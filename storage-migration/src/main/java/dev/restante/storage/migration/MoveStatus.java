package dev.restante.storage.migration;

/**
 * What a node knows of a move. Counters are of this node, since its store was opened.
 *
 * @param phase how far the move has come, as this node saw it last
 * @param busy whether there is more to do at once; otherwise the node may work again after a pause
 * @param switching whether a switch is wanted and neither done nor called off
 * @param passes how many times everything was walked through, of all nodes; the first time copies,
 *     the others compare
 * @param copiedRows rows of logs and inboxes written into the new store
 * @param copiedSubmits remembered submits written there
 * @param copiedRecords records written or removed there
 * @param mirrored streams, submits and records looked at because this node changed them
 * @param waiting those that it changed and has not looked at yet
 * @param mended streams, submits and records that a comparison found different and made equal: what
 *     was written a moment ago, what a node that died had left, or what the new store lost
 * @param diverged streams that differ in a way that cannot be mended, in the pass under way or the
 *     last one, of all nodes; there is no switch as long as there are any
 * @param calledOff switches that this node called off because they would have taken too long
 * @param detail what stands in the way, for people; empty if nothing does
 */
public record MoveStatus(
    MovePhase phase,
    boolean busy,
    boolean switching,
    long passes,
    long copiedRows,
    long copiedSubmits,
    long copiedRecords,
    long mirrored,
    long waiting,
    long mended,
    long diverged,
    long calledOff,
    String detail) {}
