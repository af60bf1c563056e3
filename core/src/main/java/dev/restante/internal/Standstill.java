package dev.restante.internal;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * How often a device came back without having acknowledged anything of what it was handed. Some
 * entry may be what it dies of, or what the way to it does not let through; such a device must
 * neither try for ever nor lose anything in silence.
 *
 * <p>It goes in three steps. At first pages are sent again as always. After {@code maxResends} of
 * them the operator is told, and the device is treated with care: one entry at a time, each only
 * after the one before it was acknowledged, and snapshots without entries. So it gets past all that
 * is harmless, and the entry in question is alone. After {@code maxResends} more a {@link
 * dev.restante.api.Gap} takes that entry's place, and the device goes on behind it.
 *
 * <p>Who counts: a device may come to another node each time, so this is kept with the claim
 * ({@link SessionRecord}) that each session writes anyway. Only a session that begins where the one
 * before it began, with something to bring, writes once more when it hands out the first page. So
 * the very first time is not counted, and a device that acknowledges costs nothing. If a count is
 * lost, since a node died or two sessions of the device overlap, a page is sent once more than it
 * had to be.
 *
 * @param epoch the store's epoch in which the positions count; 0 if nothing is known
 * @param place where the device stood when it last began somewhere new; with care, the position
 *     before that of the entry that it was handed alone
 * @param behind whether there was something to bring
 * @param resends how many sessions are known to have handed out again what follows the place; with
 *     care, how many handed out alone the entry that follows it
 * @param carefulTo up to this position the device is treated with care; 0 if it is not
 */
record Standstill(long epoch, long place, boolean behind, int resends, long carefulTo) {
  static final Standstill NONE = new Standstill(0, 0, false, 0, 0);

  /**
   * What follows when a session begins.
   *
   * @param at where the device stands
   * @param isBehind whether there is something to bring
   * @param maxResends after how many resends it is treated with care
   * @param pageEntries for how many positions: those of the page that it does not get past
   */
  Standstill next(CursorToken at, boolean isBehind, int maxResends, int pageEntries) {
    if (at.epoch() != epoch) {
      return new Standstill(at.epoch(), at.position(), isBehind, 0, 0);
    }
    if (at.position() > place) {
      long careful = carefulTo > at.position() ? carefulTo : 0;
      return new Standstill(epoch, at.position(), isBehind, 0, careful);
    }
    if (!isCareful() && resends >= maxResends) {
      return new Standstill(epoch, place, isBehind, 0, place + pageEntries);
    }
    return new Standstill(epoch, place, isBehind, resends, carefulTo);
  }

  boolean isCareful() {
    return carefulTo > place;
  }

  /** Whether the entry after the place was handed out alone often enough. */
  boolean setsAside(int maxResends) {
    return isCareful() && resends >= maxResends;
  }

  /** Whether the device has got no further than that. */
  boolean isAt(Standstill before) {
    return epoch == before.epoch && place == before.place;
  }

  /** Whether a session that begins with that one hands out the same as the one before. */
  boolean isRepeatedBy(Standstill next) {
    return next.isCareful() || (behind && next.isAt(this));
  }

  /** One more session handed out what follows the place. */
  Standstill resent() {
    return new Standstill(epoch, place, behind, resends + 1, carefulTo);
  }

  /** One more session handed out one entry alone: that one is the one in question from now on. */
  Standstill resentAlone(long position) {
    long before = position - 1;
    int times = before == place ? resends + 1 : 1;
    return new Standstill(epoch, before, behind, times, Math.max(carefulTo, position));
  }

  void write(DataOutputStream out) throws IOException {
    out.writeLong(epoch);
    out.writeLong(place);
    out.writeBoolean(behind);
    out.writeInt(resends);
    out.writeLong(carefulTo);
  }

  /** What is left of a record; an earlier version wrote nothing here. */
  static Standstill read(DataInputStream in) throws IOException {
    return in.available() == 0
        ? NONE
        : new Standstill(
            in.readLong(), in.readLong(), in.readBoolean(), in.readInt(), in.readLong());
  }
}
