package dev.restante;

/**
 * What a node has counted since it was built. The numbers are read one after the other, not as one
 * snapshot.
 *
 * @param accepted messages and changes of groups that were accepted, repeats not counted
 * @param repeats submits that were answered with an earlier acknowledgement
 * @param refused submits that were refused, for whatever reason
 * @param overloads those of them that were refused because too much was waiting
 * @param commits commits that succeeded
 * @param conflicts commits that met another node, a repeat, or a changed record, and were planned
 *     anew
 * @param unknownCommits commits of which the outcome was not known at first
 * @param lockedCommits commits made under a lock because nodes kept fighting over a stream
 * @param queuedMessages submits that wait or are being written now
 * @param queuedBytes their payloads, in bytes
 * @param sessions sessions that are open now
 * @param delivered entries handed to subscribers
 * @param storeReads reads of inboxes for sessions
 * @param messageCacheHits messages of these reads that the store remembered, where it remembers any
 * @param messageCacheMisses messages of these reads that such a store had to look up
 * @param trimmedRows inbox rows removed because every active device had them
 * @param lossEvents how often the store was found to have lost acknowledged writes
 * @param clockSkews how often a clock was found to be wrong by more than a minute: this node's
 *     jumped ahead, or a conversation that was loaded ends after now
 * @param hintsSent hints that went out over the bus
 * @param hintsReceived hints of other nodes that came in
 * @param hintsDropped hints that nobody was told, because the bus was away or too slow
 * @param hintsUnreadable messages that came over the bus and are none, or of a later format
 * @param hintsForeign messages that came over the bus from nodes on another store, and were dropped
 * @param busLosses how often the bus was lost after it had worked
 * @param relayed drafts that transactions enqueued and this node's relay submitted, repeats too
 * @param deadLetters drafts of which the relay made dead letters
 * @param relayFailures how often the relay could not reach the host's database
 * @param stalledDevices how often a device was told of that came back again and again without
 *     acknowledging anything
 * @param setAside entries that a gap took the place of for such a device
 * @param leases kinds of background work that this node does now for all nodes of a shared store
 * @param leasesTakenOver how often it took such work over from a node that was not heard of any
 *     more
 * @param leasesLost how often it lost such work, because it stood still or could not reach the
 *     store
 */
public record Counters(
    long accepted,
    long repeats,
    long refused,
    long overloads,
    long commits,
    long conflicts,
    long unknownCommits,
    long lockedCommits,
    long queuedMessages,
    long queuedBytes,
    long sessions,
    long delivered,
    long storeReads,
    long messageCacheHits,
    long messageCacheMisses,
    long trimmedRows,
    long lossEvents,
    long clockSkews,
    long hintsSent,
    long hintsReceived,
    long hintsDropped,
    long hintsUnreadable,
    long hintsForeign,
    long busLosses,
    long relayed,
    long deadLetters,
    long relayFailures,
    long stalledDevices,
    long setAside,
    long leases,
    long leasesTakenOver,
    long leasesLost) {}
