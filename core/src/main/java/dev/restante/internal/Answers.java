package dev.restante.internal;

import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Turns what a store call gives into what the host gets, where the host's code may run. */
record Answers(Executor callbacks) {
  <T> CompletionStage<Result<T>> of(CompletableFuture<Result<T>> call) {
    CompletableFuture<Result<T>> answer = new CompletableFuture<>();
    Ends.when(
        call,
        (result, failure) ->
            callbacks.execute(
                () ->
                    answer.complete(
                        failure == null
                            ? result
                            : Result.refused(
                                Code.UNAVAILABLE,
                                String.valueOf(StoreAccess.cause(failure).getMessage())))));
    return answer.minimalCompletionStage();
  }
}
