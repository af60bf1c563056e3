/**
 * The engines. Nothing here is for hosts; on the class path the package's name is the only wall.
 *
 * <p>Where to look: {@link dev.restante.internal.Node} wires everything. {@code Committer} accepts
 * work, {@code Plan} numbers it, {@code StoreAccess} reaches the store. {@code Session} brings a
 * device its inbox, {@code AckWriter} keeps cursors, {@code Trimmer} removes what all have, {@code
 * Poller} notices other nodes.
 */
@NullMarked
package dev.restante.internal;

import org.jspecify.annotations.NullMarked;
