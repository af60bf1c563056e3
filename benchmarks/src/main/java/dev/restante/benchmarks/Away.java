package dev.restante.benchmarks;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.UserId;
import java.util.Locale;

/**
 * A user who was away while others wrote to him.
 *
 * @param device his device
 * @param senders who wrote to him, as numbers of users of the population
 * @param conversations with each of the senders
 */
record Away(DeviceId device, int[] senders, ConversationId[] conversations) {
  static final int SENDERS = 10;

  /**
   * @param number counts the users who were away, over all rounds
   */
  static Away user(Population population, String series, int number) {
    UserId user = UserId.of(String.format(Locale.ROOT, "away-%s-%07d", series, number));
    int[] senders = new int[SENDERS];
    ConversationId[] conversations = new ConversationId[SENDERS];
    for (int i = 0; i < SENDERS; i++) {
      senders[i] = (number * SENDERS + i) % population.users();
      conversations[i] = ConversationId.between(user, population.user(senders[i]));
    }
    return new Away(user.device("phone"), senders, conversations);
  }
}
