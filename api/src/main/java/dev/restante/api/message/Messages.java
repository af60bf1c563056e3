package dev.restante.api.message;

import dev.restante.api.Acknowledgement;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import java.util.concurrent.CompletionStage;

/**
 * Accepts messages and reads them back. Safe for use by many threads; no method blocks. Stages
 * complete on the callback executor, never on a thread that writes to the store.
 */
public interface Messages {
  /**
   * Accepts a message, once: the stage completes when it is durable. Repeating a draft, within the
   * deduplication window, gives the first acknowledgement again.
   *
   * <p>Drafts that one device submits to one conversation keep their order; while they wait, if one
   * is refused for a passing reason, those behind it are refused too. For order across refusals
   * submit through {@link dev.restante.api.sync.DeviceSession#submit}.
   *
   * <p>The host has authenticated the device before; membership is checked here. Whether the device
   * is registered is not asked: only one that was revoked, or gave way to a newer one, is refused.
   *
   * @return the acknowledgement, or a refusal: {@code TOO_LARGE}, {@code ID_REUSED}, {@code
   *     NOT_A_MEMBER}, {@code DEVICE_BARRED}, {@code NOT_FOUND}, {@code NOT_STORABLE}, {@code
   *     OVERLOADED}, {@code UNAVAILABLE}, {@code OUTCOME_UNKNOWN}, {@code PREDECESSOR_REFUSED},
   *     {@code CLOSED}
   */
  CompletionStage<Result<Acknowledgement>> submit(Draft draft);

  /**
   * Part of a conversation's log, as far as the acting user may see it.
   *
   * @return a page, or a refusal: {@code NOT_A_MEMBER}, {@code NOT_FOUND}, {@code OVERLOADED},
   *     {@code UNAVAILABLE}, {@code CLOSED}
   */
  CompletionStage<Result<HistoryPage>> history(UserId acting, HistoryQuery query);
}
