package dev.restante.api.sync;

import static java.util.Objects.requireNonNull;

import dev.restante.api.InvalidValueException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a device wants to be brought up to date. Immutable; begin with {@link #everything()}.
 *
 * @param mode what to bring
 * @param latest with {@link Mode#LATEST} how many entries of each conversation, 0 to 1,000; in
 *     snapshots of every mode it is the number of newest entries brought along (default 1). A
 *     conversation brings fewer where they have more bytes than a page
 * @param since with {@link Mode#SINCE} entries accepted before this moment come as gaps, to the
 *     millisecond; else {@code null}
 * @param resumeAt where the device stands by its own account; {@code null} to go on from what it
 *     last acknowledged. One that is behind repeats, one that is ahead of the store tells that the
 *     store lost writes
 * @param summariesFirst whether to begin with a snapshot of the conversations
 * @param pageEntries the most entries in a page, 1 to 1,000 (default 100); also the most
 *     conversations, and entries of them, in a part of a snapshot, but for a conversation that
 *     alone has more
 * @param pageBytes the most payload bytes in a page or in a part of a snapshot (default 256 KiB);
 *     an entry above it comes alone
 * @param maxUnacknowledged the most entries that are delivered beyond the acknowledged ones, 1 to
 *     100,000 (default 1,000); then the session waits. It counts places in the inbox, so where
 *     entries were replaced by newer ones it may wait earlier
 * @param maxBacklogEntries a device further behind gets a snapshot instead (default 100,000)
 * @param maxBacklogAge a device whose next entry is older gets a snapshot instead (default 90 days)
 * @param catchUpBytes the most payload bytes of entries to bring before the device has caught up; a
 *     snapshot takes the place of the rest (default unlimited)
 */
public record SyncPolicy(
    Mode mode,
    int latest,
    @Nullable Instant since,
    @Nullable Cursor resumeAt,
    boolean summariesFirst,
    int pageEntries,
    long pageBytes,
    int maxUnacknowledged,
    long maxBacklogEntries,
    Duration maxBacklogAge,
    long catchUpBytes) {

  /** What to bring to a device that was away. */
  public enum Mode {
    /** Every entry. */
    EVERYTHING,
    /** The latest entries of each conversation; the rest is a gap that history fills. */
    LATEST,
    /** Entries accepted since a moment; the rest is a gap that history fills. */
    SINCE
  }

  private static final Duration LONGEST_AGE = Duration.ofDays(1_000_000);
  private static final Instant LATEST_TIME = Instant.parse("9999-12-31T23:59:59Z");

  private static final SyncPolicy EVERYTHING =
      new SyncPolicy(
          Mode.EVERYTHING,
          1,
          null,
          null,
          false,
          100,
          256 * 1024,
          1000,
          100_000,
          Duration.ofDays(90),
          Long.MAX_VALUE);

  /**
   * @throws InvalidValueException that names every value out of bounds
   */
  public SyncPolicy {
    requireNonNull(mode, "mode");
    requireNonNull(maxBacklogAge, "maxBacklogAge");
    List<String> wrong = new ArrayList<>();
    check(wrong, "latest", latest, 0, 1000);
    check(wrong, "pageEntries", pageEntries, 1, 1000);
    check(wrong, "pageBytes", pageBytes, 1, Integer.MAX_VALUE);
    check(wrong, "maxUnacknowledged", maxUnacknowledged, 1, 100_000);
    check(wrong, "maxBacklogEntries", maxBacklogEntries, 1, Long.MAX_VALUE);
    check(wrong, "catchUpBytes", catchUpBytes, 1, Long.MAX_VALUE);
    if (maxBacklogAge.isNegative()
        || maxBacklogAge.isZero()
        || maxBacklogAge.compareTo(LONGEST_AGE) > 0) {
      wrong.add("maxBacklogAge must be positive and at most a million days, is " + maxBacklogAge);
    }
    if (since != null && (since.isBefore(Instant.EPOCH) || since.isAfter(LATEST_TIME))) {
      wrong.add("since must be from 1970 to 9999, is " + since);
    }
    if ((mode == Mode.SINCE) != (since != null)) {
      wrong.add("since goes with mode SINCE and only with it");
    }
    if (!wrong.isEmpty()) {
      throw new InvalidValueException(String.join("; ", wrong));
    }
  }

  /** Every entry that the inbox has. */
  public static SyncPolicy everything() {
    return EVERYTHING;
  }

  /** The same, with the latest entries of each conversation only, 0 to 1,000. */
  public SyncPolicy withLatest(int entries) {
    return with(Mode.LATEST, entries, null);
  }

  /** The same, with entries accepted since a moment only, by the server's time. */
  public SyncPolicy withSince(Instant moment) {
    return with(Mode.SINCE, 1, moment);
  }

  /** The same, from the place where the device says it stands. */
  public SyncPolicy resumeAt(Cursor cursor) {
    return copy(cursor, summariesFirst, pageEntries, pageBytes, maxUnacknowledged);
  }

  /** The same, with a snapshot of the conversations first. */
  public SyncPolicy withSummariesFirst() {
    return copy(resumeAt, true, pageEntries, pageBytes, maxUnacknowledged);
  }

  /** The same with other page limits. */
  public SyncPolicy withPages(int entries, long bytes) {
    return copy(resumeAt, summariesFirst, entries, bytes, maxUnacknowledged);
  }

  /** The same with another number of entries delivered ahead of the acknowledged ones. */
  public SyncPolicy withMaxUnacknowledged(int entries) {
    return copy(resumeAt, summariesFirst, pageEntries, pageBytes, entries);
  }

  /** The same with other bounds beyond which a snapshot takes the place of the backlog. */
  public SyncPolicy withMaxBacklog(long entries, Duration age, long bytes) {
    return new SyncPolicy(
        mode,
        latest,
        since,
        resumeAt,
        summariesFirst,
        pageEntries,
        pageBytes,
        maxUnacknowledged,
        entries,
        age,
        bytes);
  }

  private SyncPolicy with(Mode newMode, int newLatest, @Nullable Instant newSince) {
    return new SyncPolicy(
        newMode,
        newLatest,
        newSince,
        resumeAt,
        summariesFirst,
        pageEntries,
        pageBytes,
        maxUnacknowledged,
        maxBacklogEntries,
        maxBacklogAge,
        catchUpBytes);
  }

  private SyncPolicy copy(
      @Nullable Cursor newResumeAt,
      boolean newSummariesFirst,
      int newPageEntries,
      long newPageBytes,
      int newMaxUnacknowledged) {
    return new SyncPolicy(
        mode,
        latest,
        since,
        newResumeAt,
        newSummariesFirst,
        newPageEntries,
        newPageBytes,
        newMaxUnacknowledged,
        maxBacklogEntries,
        maxBacklogAge,
        catchUpBytes);
  }

  private static void check(List<String> wrong, String what, long value, long min, long max) {
    if (value < min || value > max) {
      wrong.add(what + " must be " + min + " to " + max + ", is " + value);
    }
  }
}
