package dev.restante.internal;

import dev.restante.api.Acknowledgement;
import dev.restante.api.Result;
import java.util.concurrent.atomic.LongAdder;

/** What this node counts. */
final class Tally {
  final LongAdder accepted = new LongAdder();
  final LongAdder repeats = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder overloads = new LongAdder();
  final LongAdder commits = new LongAdder();
  final LongAdder conflicts = new LongAdder();
  final LongAdder unknownCommits = new LongAdder();
  final LongAdder lockedCommits = new LongAdder();
  final LongAdder sessions = new LongAdder();
  final LongAdder delivered = new LongAdder();
  final LongAdder storeReads = new LongAdder();
  final LongAdder trimmedRows = new LongAdder();
  final LongAdder lossEvents = new LongAdder();
  final LongAdder clockSkews = new LongAdder();
  final LongAdder hintsSent = new LongAdder();
  final LongAdder hintsReceived = new LongAdder();
  final LongAdder hintsDropped = new LongAdder();
  final LongAdder hintsUnreadable = new LongAdder();
  final LongAdder hintsForeign = new LongAdder();
  final LongAdder busLosses = new LongAdder();
  final LongAdder relayed = new LongAdder();
  final LongAdder deadLetters = new LongAdder();
  final LongAdder relayFailures = new LongAdder();
  final LongAdder stalledDevices = new LongAdder();
  final LongAdder setAside = new LongAdder();
  final LongAdder leases = new LongAdder();
  final LongAdder leasesTakenOver = new LongAdder();
  final LongAdder leasesLost = new LongAdder();

  void count(Result<?> result) {
    if (result instanceof Result.Refused) {
      refused.increment();
    } else if (((Result.Ok<?>) result).value() instanceof Acknowledgement acknowledgement) {
      (acknowledgement.repeat() ? repeats : accepted).increment();
    }
  }
}
