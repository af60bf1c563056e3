package dev.restante.api;

/** A {@link Refusal} as an exception, for callers of {@link Result#orThrow()}. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial") // a record of an enum and a string
  private final Refusal refusal;

  public RefusedException(Refusal refusal) {
    super(refusal.code() + ": " + refusal.detail());
    this.refusal = refusal;
  }

  /** The refusal. */
  public Refusal refusal() {
    return refusal;
  }
}
