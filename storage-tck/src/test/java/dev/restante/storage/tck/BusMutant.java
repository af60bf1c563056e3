package dev.restante.storage.tck;

/** A bus that breaks one rule. */
enum BusMutant {
  N1_DEAF_TO_ITSELF("does not give its own messages back to the sender"),
  N2_CUTS("cuts what is long"),
  N3_NARROW("has no room for a long hint"),
  N4_MIXES("mixes channels"),
  N5_HEARS_ON("gives messages to a link that was closed"),
  N6_CLOSES_ALL("closes others too"),
  N7_CROWDS("calls a receiver from two threads at once");

  private final String deed;

  BusMutant(String deed) {
    this.deed = deed;
  }

  String rule() {
    return name().substring(0, name().indexOf('_'));
  }

  @Override
  public String toString() {
    return rule() + ": a bus that " + deed;
  }
}
