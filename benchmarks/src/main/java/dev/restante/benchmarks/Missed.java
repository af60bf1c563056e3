package dev.restante.benchmarks;

import dev.restante.Restante;
import dev.restante.api.ClientIds;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** What users missed while they were away, written through the library. */
final class Missed {
  private static final int SUBMITS_UNDER_WAY = 20_000;

  private final Population population;
  private final String series;
  private final int members;
  private final ClientIds ids = new ClientIds(InstantSource.system(), new SplittableRandom(3));
  private final String[] texts = Drafts.texts(new SplittableRandom(4));
  private final Failures failures;
  private int usersSoFar;
  private int groupsSoFar;

  /** A group of users who were away, and who writes to it. */
  private record Group(ConversationId conversation, DeviceId owner) {}

  /**
   * @param series tells users of one variant from those of others
   * @param members how many users who were away share a group, in which all that they missed was
   *     said; 0 if each was written to by others in conversations of his own
   */
  Missed(Population population, String series, int members, Failures failures) {
    this.population = population;
    this.series = series;
    this.members = members;
    this.failures = failures;
  }

  /** What each user gets besides: the note of his device's registration, and the group's making. */
  int entriesBesides() {
    return members == 0 ? 1 : 2;
  }

  /** Makes so many users, or some more to fill the last group, and writes to each of them. */
  List<Away> write(Restante restante, int wanted, int entries) throws Exception {
    List<Away> users = new ArrayList<>();
    while (users.size() < wanted || (members > 0 && users.size() % members > 0)) {
      users.add(Away.user(population, series, usersSoFar++));
    }
    Population.register(restante, users.stream().map(Away::device).toList());
    Gate gate = new Gate(SUBMITS_UNDER_WAY);
    List<Group> groups = members == 0 ? List.of() : groups(restante, gate, users);
    for (int i = 0; i < entries; i++) {
      int number = i;
      for (Group group : groups) {
        call(gate, () -> restante.messages().submit(draft(group, number)));
      }
      for (Away user : members == 0 ? users : List.<Away>of()) {
        call(gate, () -> restante.messages().submit(draft(user, number)));
      }
    }
    gate.awaitEmpty();
    failures.check();
    return users;
  }

  private List<Group> groups(Restante restante, Gate gate, List<Away> users) throws Exception {
    List<Group> groups = new ArrayList<>();
    for (int first = 0; first < users.size(); first += members) {
      String name = String.format(Locale.ROOT, "missed-%s-%05d", series, groupsSoFar);
      DeviceId owner = population.device(groupsSoFar++ % population.users());
      Group group = new Group(ConversationId.group(name), owner);
      Set<UserId> others = new HashSet<>();
      users.subList(first, first + members).forEach(user -> others.add(user.device().user()));
      call(
          gate,
          () -> restante.conversations().create(owner.user(), group.conversation(), name, others));
      groups.add(group);
    }
    gate.awaitEmpty();
    failures.check();
    return groups;
  }

  private <T> void call(Gate gate, Supplier<CompletionStage<Result<T>>> what) throws Exception {
    gate.enter();
    what.get()
        .whenComplete(
            (result, error) -> {
              failures.note(result, error);
              gate.leave();
            });
  }

  private Draft draft(Away user, int number) {
    int from = number % Away.SENDERS;
    return draft(population.device(user.senders()[from]), user.conversations()[from], number);
  }

  private Draft draft(Group group, int number) {
    return draft(group.owner(), group.conversation(), number);
  }

  private Draft draft(DeviceId from, ConversationId conversation, int number) {
    return Draft.text(from, conversation, ids.next(), texts[number % texts.length]);
  }
}
