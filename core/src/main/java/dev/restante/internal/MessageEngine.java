package dev.restante.internal;

import static java.util.Objects.requireNonNull;

import dev.restante.Resources;
import dev.restante.RestanteOptions;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryPage;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.message.Messages;
import dev.restante.api.wire.WireCodec;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoredRecord;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Messages: submit and history. */
final class MessageEngine implements Messages {
  private static final long HISTORY_PAGE_BYTES = 4L * 1024 * 1024;

  private final Committer committer;
  private final StoreAccess store;
  private final RestanteOptions options;
  private final InstantSource clock;
  private final Tally tally;
  private final Answers answers;
  private final Duration dedupWindow;

  MessageEngine(
      Committer committer,
      StoreAccess store,
      RestanteOptions options,
      Resources resources,
      Tally tally) {
    this.committer = committer;
    this.store = store;
    this.options = options;
    this.clock = resources.clock();
    this.tally = tally;
    this.answers = new Answers(resources.callbacks());
    // By the odd part of a second a node knows its own dedup rows from other nodes'.
    this.dedupWindow = options.dedupWindow().plusMillis(resources.random().nextInt(1000));
  }

  @Override
  public CompletionStage<Result<Acknowledgement>> submit(Draft draft) {
    requireNonNull(draft, "draft");
    // Nothing here waits for this very future: should the host complete it, he fools only himself.
    return submit(draft, null);
  }

  CompletableFuture<Result<Acknowledgement>> submit(Draft draft, @Nullable Lane lane) {
    if (draft.body().size() > options.maxBodyBytes()) {
      return tooLarge(draft);
    }
    byte[] payload = WireCodec.encodeForLog(draft);
    long hash = MessageWork.hash(payload);
    boolean counts = !options.uncountedKinds().contains(draft.kind());
    return committer.submit(
        payload.length,
        lane == null ? null : new Lane.Turn(lane, draft.clientId()),
        streams ->
            new MessageWork(
                streams.log(draft.conversation()),
                streams.inbox(draft.sender().user()),
                draft,
                payload,
                hash,
                counts,
                dedupWindow,
                lane));
  }

  /**
   * Refuses a draft, unless it is the repeat of one that was accepted when the limit was higher.
   * What waits for the store holds the draft's key and hash, not its body.
   */
  private CompletableFuture<Result<Acknowledgement>> tooLarge(Draft draft) {
    int size = draft.body().size();
    Result<Acknowledgement> refusal =
        Result.refused(
            Code.TOO_LARGE,
            "the body has " + size + " bytes, the limit is " + options.maxBodyBytes());
    if (size > RestanteOptions.MAX_BODY_BYTES) {
      tally.count(refusal);
      return CompletableFuture.completedFuture(refusal);
    }
    long hash = MessageWork.hash(WireCodec.encodeForLog(draft));
    DedupKey key = MessageWork.dedupKey(Keys.log(draft.conversation()), draft);
    ConversationId conversation = draft.conversation();
    return answers
        .of(
            store.read(
                "dedups",
                from -> {
                  DedupRow row = from.dedups(List.of(key)).get(key);
                  return row == null || row.expiresAtMillis() <= clock.millis()
                      ? refusal
                      : MessageWork.repeat(conversation, hash, row);
                }))
        .toCompletableFuture()
        .whenComplete((result, failure) -> tally.count(result));
  }

  @Override
  public CompletionStage<Result<HistoryPage>> history(UserId acting, HistoryQuery query) {
    return answers.of(store.read("history", from -> read(from, acting, query)));
  }

  private static Result<HistoryPage> read(Store from, UserId acting, HistoryQuery query) {
    ConversationId conversation = query.conversation();
    RecordKey talkKey = Keys.talk(acting, conversation);
    RecordKey groupKey = Keys.group(conversation);
    Map<RecordKey, StoredRecord> records = from.records(List.of(talkKey, groupKey));
    boolean inPair = conversation.isDirect() && conversation.pair().contains(acting);
    StoredRecord talk = records.get(talkKey);
    if (talk == null && !inPair) {
      return conversation.isDirect() || records.containsKey(groupKey)
          ? Result.refused(Code.NOT_A_MEMBER, acting + " is not a member of " + conversation)
          : Result.refused(Code.NOT_FOUND, "there is no group " + conversation);
    }
    Talk visible = talk == null ? Talk.WHOLE : Talk.of(talk);
    long first = Math.max(query.fromSeq(), visible.fromSeq());
    long last = Math.min(query.toSeq(), visible.toSeq());
    if (first > last) {
      return Result.ok(new HistoryPage(List.of(), Optional.empty()));
    }
    LogSlice slice =
        from.readLog(
            new LogRange(
                Keys.log(conversation),
                first,
                last,
                query.backwards(),
                query.limit(),
                HISTORY_PAGE_BYTES));
    // Who was removed meanwhile must not see what was said after.
    StoredRecord again =
        conversation.isDirect() ? null : from.records(List.of(talkKey)).get(talkKey);
    long end = again == null ? last : Math.min(last, Talk.of(again).toSeq());
    return Result.ok(
        new HistoryPage(
            slice.rows().stream()
                .filter(row -> row.seq() <= end)
                .map(row -> Entries.of(conversation, row))
                .toList(),
            slice.more() ? Optional.of(following(query, slice)) : Optional.empty()));
  }

  private static HistoryQuery following(HistoryQuery query, LogSlice slice) {
    long last = slice.rows().get(slice.rows().size() - 1).seq();
    return query.backwards()
        ? new HistoryQuery(query.conversation(), query.fromSeq(), last - 1, true, query.limit())
        : new HistoryQuery(query.conversation(), last + 1, query.toSeq(), false, query.limit());
  }
}
