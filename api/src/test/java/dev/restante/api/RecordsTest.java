package dev.restante.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.junit.jupiter.api.Assertions.fail;

import dev.restante.api.message.HistoryPage;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.sync.ConversationSummary;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.Device;
import dev.restante.api.sync.SyncPolicy;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No record of the vocabulary holds what it says it cannot. */
final class RecordsTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final DeviceId PHONE = ALICE.device("phone");
  private static final ConversationId GROUP = ConversationId.group("g");
  private static final Instant TIME = Instant.EPOCH;
  private static final Payload NONE = Payload.empty();
  private static final Cursor CURSOR = new Cursor("c");

  /** One of each. */
  static List<Record> records() {
    Message message =
        new Message(GROUP, 1, TIME, PHONE, "id", MessageKind.TEXT, NONE, 0, null, NONE);
    List<Member> members = mutable(new Member(ALICE, Role.OWNER));
    ConversationSummary summary =
        new ConversationSummary(GROUP, "", true, 1, mutable(message), null);
    return List.of(
        ALICE,
        PHONE,
        GROUP,
        MessageKind.TEXT,
        CURSOR,
        new Refusal(Refusal.Code.CLOSED, ""),
        Draft.text(PHONE, GROUP, "text"),
        new Acknowledgement(GROUP, 1, TIME, false),
        new Member(ALICE, Role.OWNER),
        message,
        new GroupCreated(GROUP, 1, TIME, ALICE, "", members, NONE),
        new MembershipChanged(GROUP, 2, TIME, ALICE, MembershipChanged.Change.ADDED, members, NONE),
        new TitleChanged(GROUP, 3, TIME, ALICE, "", NONE),
        new UnknownEntry(GROUP, 4, TIME, NONE),
        new Gap(GROUP, 1, 2),
        new DevicesChanged(ALICE),
        new Device(PHONE, "", "", TIME),
        summary,
        new Delivery.Page(mutable(message), CURSOR),
        new Delivery.Snapshot(Delivery.Snapshot.Reason.REQUESTED, mutable(summary), true, CURSOR),
        new Delivery.CaughtUp(CURSOR),
        new HistoryPage(mutable(message), Optional.empty()),
        HistoryQuery.latest(GROUP, 1),
        SyncPolicy.everything());
  }

  private static <T> List<T> mutable(T value) {
    return new ArrayList<>(List.of(value));
  }

  @Test
  void thereIsOneOfEachEntryAndDelivery() {
    Set<Class<?>> here = new HashSet<>();
    records().forEach(each -> here.add(each.getClass()));
    assertThat(here).containsAll(leaves(Entry.class)).containsAll(leaves(Delivery.class));
  }

  private static Set<Class<?>> leaves(Class<?> sealed) {
    Set<Class<?>> all = new HashSet<>();
    for (Class<?> each : sealed.getPermittedSubclasses()) {
      all.addAll(each.isSealed() ? leaves(each) : Set.of(each));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("records")
  void holdsNoNullWhereNoneIsAllowed(Record sample) {
    for (RecordComponent component : sample.getClass().getRecordComponents()) {
      boolean may =
          component.getType().isPrimitive()
              || component.getAnnotatedType().isAnnotationPresent(Nullable.class);
      if (!may) {
        assertThatNullPointerException()
            .as("%s.%s", sample.getClass().getSimpleName(), component.getName())
            .isThrownBy(() -> with(sample, component, null));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("records")
  void holdsNoNumberThatNoEntryHas(Record sample) {
    for (RecordComponent component : sample.getClass().getRecordComponents()) {
      // A query may ask for what is before the first one.
      boolean number =
          component.getType() == long.class
              && component.getName().endsWith("eq")
              && !(sample instanceof HistoryQuery && component.getName().equals("toSeq"));
      if (number) {
        boolean mayBeNone = component.getName().equals("headSeq");
        for (long bad : mayBeNone ? new long[] {-1} : new long[] {0, -1}) {
          assertThatExceptionOfType(InvalidValueException.class)
              .as("%s.%s", sample.getClass().getSimpleName(), component.getName())
              .isThrownBy(() -> with(sample, component, bad))
              .withMessageContaining(Long.toString(bad));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("records")
  void holdsItsOwnCopyOfAList(Record sample) throws Exception {
    for (RecordComponent component : sample.getClass().getRecordComponents()) {
      if (component.getType() == List.class) {
        List<?> held = (List<?>) component.getAccessor().invoke(sample);
        assertThat(held).isUnmodifiable();
      }
    }
  }

  @Test
  void holdsNoAnswerToANegativeNumber() {
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(
            () -> new Message(GROUP, 1, TIME, PHONE, "id", MessageKind.TEXT, NONE, -1, null, NONE))
        .withMessageContaining("-1");
  }

  /** The same record with one component changed. */
  private static void with(Record sample, RecordComponent changed, @Nullable Object value)
      throws Exception {
    RecordComponent[] components = sample.getClass().getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      values[i] =
          components[i].getName().equals(changed.getName())
              ? value
              : components[i].getAccessor().invoke(sample);
    }
    Constructor<?> constructor = sample.getClass().getDeclaredConstructor(types);
    try {
      fail(changed + " took " + value + ": " + constructor.newInstance(values));
    } catch (InvocationTargetException e) {
      throw (Exception) e.getCause();
    }
  }
}
