package dev.restante.internal;

import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What happens when a stage ends. What goes wrong then is told, not lost in yet another stage. */
final class Ends {
  private static final Logger log = LoggerFactory.getLogger(Ends.class);

  private Ends() {}

  @SuppressWarnings("FutureReturnValueIgnored") // nothing thrown can be in the ignored stage
  static <T> void when(
      CompletionStage<T> stage, BiConsumer<@Nullable T, @Nullable Throwable> action) {
    stage.whenComplete(
        (value, failure) -> {
          try {
            action.accept(value, failure);
          } catch (RuntimeException | Error bug) {
            log.error("What follows a call failed", bug);
            throw bug;
          }
        });
  }
}
