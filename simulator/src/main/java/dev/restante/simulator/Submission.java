package dev.restante.simulator;

import dev.restante.api.Acknowledgement;
import dev.restante.api.Draft;
import dev.restante.api.Refusal;
import dev.restante.api.Result;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One draft, every attempt to submit it, and what became of each. Checks each answer. */
final class Submission {
  /** What is known of an attempt. */
  private enum State {
    OPEN,
    ACCEPTED,
    NOT_WRITTEN,
    UNKNOWN
  }

  /** One attempt. */
  final class Attempt {
    private final long startedAt;
    private State state = State.OPEN;

    private Attempt(long startedAt) {
      this.startedAt = startedAt;
    }

    void answered(Result<Acknowledgement> result) {
      state =
          result.fold(
              ack -> State.ACCEPTED,
              refusal ->
                  refusal.code() == Refusal.Code.OUTCOME_UNKNOWN
                      ? State.UNKNOWN
                      : State.NOT_WRITTEN);
      if (state == State.ACCEPTED && story.lostMeanwhile(startedAt, result.orThrow())) {
        state = State.UNKNOWN;
        lost = true;
        return;
      }
      result.fold(this::accepted, this::refused);
    }

    private boolean accepted(Acknowledgement ack) {
      story.tally().count(ack.repeat() ? "acknowledged again" : "acknowledged");
      Acknowledgement earlier = first;
      if (!ack.repeat() && !story.lost() && story.bars().wasOut(draft.sender(), startedAt)) {
        story.violated(
            Invariant.BARRED_IS_OUT, this + " got " + ack + " after its device was revoked");
      }
      if (unstorable()) {
        story.violated(Invariant.REFUSAL_HONEST, "the unstorable " + this + " got " + ack);
      }
      if (ack.repeat() && attempts.stream().noneMatch(this::mayBeTheFirst)) {
        story.violated(
            Invariant.REPEAT_HONEST,
            this + " is said to be a repeat, but no earlier attempt can have been written");
      }
      if (ack.repeat() && story.forgotten(ack.serverTime(), startedAt)) {
        story.violated(
            Invariant.REPEAT_HONEST,
            this + " got " + ack + ", which was to be forgotten before it was submitted again");
      }
      if (earlier == null) {
        first = ack;
        firstAcceptedAt = story.now();
      } else if (story.within(earlier.serverTime())
          && (earlier.seq() != ack.seq() || !earlier.serverTime().equals(ack.serverTime()))) {
        story.violated(
            Invariant.SUBMITTED_ONCE,
            this + " was acknowledged as " + earlier + ", then as " + ack);
      }
      if (!ack.repeat()) {
        if (fresh && earlier != null && story.within(earlier.serverTime())) {
          story.violated(
              Invariant.REPEAT_HONEST, this + " was twice said to be accepted for the first time");
        }
        fresh = true;
      }
      return true;
    }

    private boolean mayBeTheFirst(Attempt other) {
      return other != this && other.state != State.NOT_WRITTEN;
    }

    private boolean refused(Refusal refusal) {
      story.tally().count("refused " + refusal.code());
      if (refusal.code() == Refusal.Code.OVERLOADED) {
        story.tally().count(Fault.OVERLOAD);
      }
      refusedForGood |= refusal.code().retry() == Refusal.Retry.NEVER;
      Acknowledgement ack = first;
      boolean repeat = ack != null && firstAcceptedAt < startedAt && story.within(ack.serverTime());
      boolean wrong =
          switch (refusal.code()) {
            case NOT_STORABLE -> !unstorable();
            case TOO_LARGE -> repeat || draft.body().size() <= story.options().maxBodyBytes();
            case ID_REUSED -> !(reused && lost);
            case NOT_A_MEMBER, NOT_FOUND -> repeat || draft.conversation().isDirect();
            case DEVICE_BARRED -> repeat || !story.bars().mayBeOut(draft.sender(), story.options());
            case OVERLOADED,
                UNAVAILABLE,
                OUTCOME_UNKNOWN,
                PREDECESSOR_REFUSED,
                CLOSED,
                SESSION_ENDED ->
                false;
            default -> true;
          };
      if (wrong) {
        story.violated(
            Invariant.REFUSAL_HONEST,
            this + (repeat ? ", acknowledged as " + ack + "," : "") + " got " + refusal);
      }
      return true;
    }

    @Override
    public String toString() {
      return Submission.this + " attempt " + (attempts.indexOf(this) + 1);
    }
  }

  private final Story story;
  private final Draft draft;
  private final boolean ordered;
  private final List<Attempt> attempts = new ArrayList<>();
  private @Nullable Acknowledgement first;
  private long firstAcceptedAt;
  private boolean fresh;
  private boolean lost;
  private boolean reused;
  private boolean refusedForGood;
  private long abandonedAt = Long.MAX_VALUE;

  Submission(Story story, Draft draft, boolean ordered) {
    this.story = story;
    this.draft = draft;
    this.ordered = ordered;
  }

  Draft draft() {
    return draft;
  }

  /** Whether it was submitted in order, through sessions. */
  boolean ordered() {
    return ordered;
  }

  boolean unstorable() {
    return draft.body().asText().contains(RecordingStore.UNSTORABLE);
  }

  Attempt attempt() {
    Attempt attempt = new Attempt(story.now());
    attempts.add(attempt);
    return attempt;
  }

  @Nullable Acknowledgement acknowledgement() {
    return first;
  }

  /** When it was first tried; now, if it was not. */
  long firstTriedAt() {
    return attempts.isEmpty() ? story.now() : attempts.get(0).startedAt;
  }

  /** Whether the store may hold it without anybody having said so. */
  boolean uncertain() {
    return lost
        || attempts.stream()
            .anyMatch(attempt -> attempt.state == State.OPEN || attempt.state == State.UNKNOWN);
  }

  /** Whether it was once refused for good, so that what came after it did not wait for it. */
  boolean refusedForGood() {
    return refusedForGood;
  }

  /** The device gave it up; should an earlier attempt be accepted yet, it does not learn that. */
  void abandon() {
    abandonedAt = Math.min(abandonedAt, story.now());
  }

  boolean abandoned() {
    return abandonedAt < Long.MAX_VALUE;
  }

  /** Whether an attempt that was still under way was accepted after the device gave it up. */
  boolean acceptedTooLate() {
    return first != null && firstAcceptedAt > abandonedAt;
  }

  /** Its id was given to another draft, which may come first should the store lose this one. */
  void reuse() {
    reused = true;
  }

  /** Whether the store lost it after it had acknowledged it. */
  boolean wasLost() {
    return lost;
  }

  /** The store lost what it had acknowledged. */
  void lose() {
    lost = true;
    first = null;
    fresh = false;
  }

  @Override
  public String toString() {
    return "draft "
        + Texts.of(draft.clientId())
        + " "
        + Texts.of(draft.body())
        + " of "
        + Texts.of(draft.sender())
        + " to "
        + Texts.of(draft.conversation());
  }
}
