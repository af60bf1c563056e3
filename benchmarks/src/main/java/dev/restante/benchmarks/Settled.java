package dev.restante.benchmarks;

/** A variant that begins each round with the database's own work done. */
record Settled(Variant variant, Database database) implements Variant {
  @Override
  public String name() {
    return variant.name();
  }

  @Override
  public void prepare(double seconds) throws Exception {
    variant.prepare(seconds);
    database.settleRound();
  }

  @Override
  public Round run(double seconds) throws Exception {
    return variant.run(seconds);
  }

  @Override
  public void finish() throws Exception {
    variant.finish();
  }
}
