package dev.restante.api;

import static java.util.Objects.requireNonNull;

/**
 * Why a request was not carried out, and what to do. Every code is explained in {@code
 * docs/errors.md}.
 *
 * @param code what is wrong; decide on this
 * @param detail for people: names the value and the limit
 */
public record Refusal(Code code, String detail) {
  public Refusal {
    requireNonNull(code, "code");
    requireNonNull(detail, "detail");
  }

  /** What may be done about a refusal. */
  public enum Retry {
    /** Nothing: the same request will be refused again. */
    NEVER,
    /**
     * The same request, with the same client id, after a pause. It cannot be carried out twice. A
     * draft that was submitted through a session: {@code resume} with its client id first.
     */
    SAME_REQUEST_LATER,
    /**
     * The same request, with the same client id, on the device's next session, if the reason why
     * this one ended allows another.
     */
    ON_NEW_SESSION,
    /**
     * The same request, in its place: {@code resume} with the first refused draft, then submit from
     * that one on.
     */
    RESUME_THEN_REPEAT
  }

  /** What is wrong. */
  public enum Code {
    /** A value is above a limit that the host configured. */
    TOO_LARGE(Retry.NEVER),
    /** The client id was used for a message with other content. */
    ID_REUSED(Retry.NEVER),
    /** The acting user is not a member of the conversation. */
    NOT_A_MEMBER(Retry.NEVER),
    /** The acting user may not do this. */
    NOT_PERMITTED(Retry.NEVER),
    /**
     * The device was revoked, or gave way to a newer one under the login policy. It may be
     * registered again.
     */
    DEVICE_BARRED(Retry.NEVER),
    /** There is no such conversation or device. */
    NOT_FOUND(Retry.NEVER),
    /** There is one of that name already. */
    ALREADY_EXISTS(Retry.NEVER),
    /** The group has as many members, or the user as many devices, as the host allows. */
    LIMIT_REACHED(Retry.NEVER),
    /** The cursor is not one that this session handed out. */
    CURSOR_INVALID(Retry.NEVER),
    /** The store can never hold this. */
    NOT_STORABLE(Retry.NEVER),
    /** The session has ended. */
    SESSION_ENDED(Retry.ON_NEW_SESSION),
    /** Too much is waiting already. */
    OVERLOADED(Retry.SAME_REQUEST_LATER),
    /** The store cannot be reached, or does not answer in time; nothing was written. */
    UNAVAILABLE(Retry.SAME_REQUEST_LATER),
    /** Whether it was carried out could not be found out. */
    OUTCOME_UNKNOWN(Retry.SAME_REQUEST_LATER),
    /** An earlier draft of the same device to the same conversation was refused. */
    PREDECESSOR_REFUSED(Retry.RESUME_THEN_REPEAT),
    /** This node is closing. */
    CLOSED(Retry.SAME_REQUEST_LATER);

    private final Retry retry;

    Code(Retry retry) {
      this.retry = retry;
    }

    /** What may be done about it. */
    public Retry retry() {
      return retry;
    }
  }
}
