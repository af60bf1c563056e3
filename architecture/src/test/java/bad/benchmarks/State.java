package bad.benchmarks;

/** Marks what a tool extends. */
@interface State {}
