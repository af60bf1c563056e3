package dev.restante.benchmarks;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ClientIds;
import dev.restante.api.Draft;
import dev.restante.api.MessageKind;
import dev.restante.api.Payload;
import dev.restante.api.Result;
import java.time.InstantSource;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Makes drafts of about a hundred bytes of text in conversations taken at random. For one thread.
 */
public final class Drafts {
  private static final int TEXTS = 256;

  private final Population population;
  private final SplittableRandom random;
  private final ClientIds ids;
  private final String[] texts;

  /**
   * @param seed another one for each thread
   */
  public Drafts(Population population, long seed) {
    this.population = population;
    random = new SplittableRandom(seed);
    ids = new ClientIds(InstantSource.system(), random.split());
    texts = texts(random.split());
  }

  static String[] texts(SplittableRandom random) {
    String[] texts = new String[TEXTS];
    for (int i = 0; i < TEXTS; i++) {
      StringBuilder text = new StringBuilder();
      int length = 80 + random.nextInt(41);
      while (text.length() < length) {
        text.append((char) ('a' + random.nextInt(26)));
      }
      texts[i] = text.toString();
    }
    return texts;
  }

  /** The next draft. */
  public Draft next() {
    return in(random.nextInt(population.conversations()));
  }

  Draft in(int conversation) {
    int sender = population.member(conversation, random.nextInt(2));
    return Draft.of(
        population.device(sender),
        population.conversation(conversation),
        ids.next(),
        MessageKind.TEXT,
        Payload.text(texts[random.nextInt(TEXTS)]));
  }

  /**
   * @throws IllegalStateException if the draft was not accepted as a new message
   */
  public static void requireAccepted(
      @Nullable Result<Acknowledgement> result, @Nullable Throwable error) {
    if (error != null || result == null || !result.isOk() || result.orThrow().repeat()) {
      throw new IllegalStateException("not accepted: " + result, error);
    }
  }
}
