package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.restante.api.MessageKind;
import dev.restante.storage.Durability;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("O8")
class RestanteOptionsTest {
  /** An option with a lowest and a highest value, and what is just outside. */
  private record Bounded<T>(
      String name,
      BiConsumer<RestanteOptions.Builder, T> set,
      Function<RestanteOptions, T> get,
      T below,
      T min,
      T max,
      T above) {
    @Override
    public String toString() {
      return name;
    }

    void set(RestanteOptions.Builder builder, T value) {
      set.accept(builder, value);
    }

    String problem(T value) {
      return name + " must be " + min + " to " + max + ", is " + value;
    }
  }

  private static Bounded<Integer> number(
      String name,
      BiConsumer<RestanteOptions.Builder, Integer> set,
      Function<RestanteOptions, Integer> get,
      int min,
      int max) {
    return new Bounded<>(name, set, get, min - 1, min, max, max + 1);
  }

  private static Bounded<Long> bytes(
      String name,
      BiConsumer<RestanteOptions.Builder, Long> set,
      Function<RestanteOptions, Long> get,
      long min,
      long max) {
    return new Bounded<>(name, set, get, min - 1, min, max, max + 1);
  }

  private static Bounded<Duration> span(
      String name,
      BiConsumer<RestanteOptions.Builder, Duration> set,
      Function<RestanteOptions, Duration> get,
      Duration min,
      Duration max) {
    return new Bounded<>(name, set, get, min.minusNanos(1), min, max, max.plusNanos(1));
  }

  static List<Bounded<?>> bounded() {
    return List.of(
        new Bounded<>(
            "maxBodyBytes",
            (to, value) -> to.maxBodyBytes(value).maxQueuedBytes(1L << 40),
            RestanteOptions::maxBodyBytes,
            0,
            1,
            16 << 20,
            (16 << 20) + 1),
        number(
            "maxGroupMembers",
            RestanteOptions.Builder::maxGroupMembers,
            RestanteOptions::maxGroupMembers,
            2,
            5_000),
        number(
            "maxQueuedMessages",
            RestanteOptions.Builder::maxQueuedMessages,
            RestanteOptions::maxQueuedMessages,
            1,
            10_000_000),
        bytes(
            "maxQueuedBytes",
            RestanteOptions.Builder::maxQueuedBytes,
            RestanteOptions::maxQueuedBytes,
            64 * 1024,
            1L << 40),
        number(
            "maxQueuedReads",
            RestanteOptions.Builder::maxQueuedReads,
            RestanteOptions::maxQueuedReads,
            1,
            1_000_000),
        number("writers", RestanteOptions.Builder::writers, RestanteOptions::writers, 1, 16),
        number(
            "batchRows",
            RestanteOptions.Builder::batchRows,
            RestanteOptions::batchRows,
            1,
            100_000),
        bytes(
            "batchBytes",
            RestanteOptions.Builder::batchBytes,
            RestanteOptions::batchBytes,
            1,
            1L << 30),
        number(
            "cachedStreams",
            RestanteOptions.Builder::cachedStreams,
            RestanteOptions::cachedStreams,
            100,
            100_000_000),
        number(
            "maxDevicesPerUser",
            RestanteOptions.Builder::maxDevicesPerUser,
            RestanteOptions::maxDevicesPerUser,
            1,
            100),
        number(
            "maxDevicesPerPlatform",
            RestanteOptions.Builder::maxDevicesPerPlatform,
            RestanteOptions::maxDevicesPerPlatform,
            1,
            100),
        number(
            "maxResends",
            RestanteOptions.Builder::maxResends,
            RestanteOptions::maxResends,
            1,
            1_000_000),
        span(
            "dedupWindow",
            RestanteOptions.Builder::dedupWindow,
            RestanteOptions::dedupWindow,
            Duration.ofMinutes(1),
            RestanteOptions.FOREVER),
        span(
            "storeCallTimeout",
            RestanteOptions.Builder::storeCallTimeout,
            RestanteOptions::storeCallTimeout,
            Duration.ofMillis(10),
            Duration.ofMinutes(5)),
        span(
            "pollInterval",
            RestanteOptions.Builder::pollInterval,
            RestanteOptions::pollInterval,
            Duration.ofMillis(10),
            Duration.ofMinutes(1)),
        span(
            "dormantAfter",
            RestanteOptions.Builder::dormantAfter,
            RestanteOptions::dormantAfter,
            Duration.ofHours(1),
            RestanteOptions.FOREVER),
        span(
            "leaseDuration",
            RestanteOptions.Builder::leaseDuration,
            RestanteOptions::leaseDuration,
            Duration.ofSeconds(1),
            Duration.ofMinutes(10)));
  }

  /** Those that every value is right for. */
  private static final Set<String> FREE =
      Set.of(
          "minimumDurability",
          "newMembersSeeHistory",
          "uncountedKinds",
          "verifyHeads",
          "deviceOverflow");

  @ParameterizedTest
  @MethodSource("bounded")
  <T> void bothBoundsAreInAndWhatIsBeyondIsOut(Bounded<T> option) {
    for (T good : List.of(option.min, option.max)) {
      RestanteOptions.Builder builder = RestanteOptions.builder();
      option.set(builder, good);
      assertThat(option.get.apply(builder.build())).isEqualTo(good);
    }
    for (T bad : List.of(option.below, option.above)) {
      RestanteOptions.Builder builder = RestanteOptions.builder();
      option.set(builder, bad);
      assertThatIllegalArgumentException()
          .isThrownBy(builder::build)
          .withMessage(option.problem(bad));
    }
  }

  @Test
  void everyProblemIsNamedAtOnce() {
    RestanteOptions.Builder builder = RestanteOptions.builder();
    List<String> problems = new ArrayList<>();
    for (Bounded<?> option : bounded()) {
      problems.add(spoil(builder, option));
    }
    // Last, since with too large a body it means something else.
    builder.maxQueuedBytes(0);
    problems.removeIf(problem -> problem.startsWith("maxQueuedBytes"));
    problems.add("maxQueuedBytes must be " + ((16 << 20) + 1) + " to " + (1L << 40) + ", is 0");
    IllegalArgumentException all =
        catchThrowableOfType(IllegalArgumentException.class, builder::build);
    assertThat(String.valueOf(all.getMessage()).split("; "))
        .containsExactlyInAnyOrderElementsOf(problems);
  }

  private static <T> String spoil(RestanteOptions.Builder builder, Bounded<T> option) {
    option.set(builder, option.above);
    return option.problem(option.above);
  }

  @Test
  void aQueueHasRoomForTheLargestBody() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RestanteOptions.builder().maxBodyBytes(100).maxQueuedBytes(99).build())
        .withMessage("maxQueuedBytes must be 100 to " + (1L << 40) + ", is 99");
  }

  @Test
  void noOptionIsForgottenHere() {
    Set<String> options = new TreeSet<>();
    for (Method method : RestanteOptions.Builder.class.getMethods()) {
      if (method.getReturnType() == RestanteOptions.Builder.class) {
        options.add(method.getName());
      }
    }
    Set<String> tested =
        bounded().stream().map(Bounded::name).collect(Collectors.toCollection(TreeSet::new));
    tested.addAll(FREE);
    assertThat(tested).isEqualTo(options);
  }

  @Test
  void aCopyHasEveryValueAndABuilderThatGoesOnChangesNothing() {
    RestanteOptions.Builder builder =
        RestanteOptions.builder()
            .minimumDurability(Durability.VOLATILE)
            .newMembersSeeHistory(false)
            .verifyHeads(true)
            .deviceOverflow(RestanteOptions.DeviceOverflow.OLDEST_WINS)
            .uncountedKinds(new HashSet<>(Set.of(MessageKind.IMAGE)));
    bounded().forEach(option -> lowest(builder, option));
    RestanteOptions copy = builder.build().toBuilder().build();
    builder.minimumDurability(Durability.LOCAL).verifyHeads(false).writers(16);
    assertThat(copy.minimumDurability()).isEqualTo(Durability.VOLATILE);
    assertThat(copy.newMembersSeeHistory()).isFalse();
    assertThat(copy.verifyHeads()).isTrue();
    assertThat(copy.deviceOverflow()).isEqualTo(RestanteOptions.DeviceOverflow.OLDEST_WINS);
    assertThat(copy.uncountedKinds()).containsExactly(MessageKind.IMAGE);
    bounded().forEach(option -> assertThat(option.get.apply(copy)).isEqualTo(option.min));
  }

  private static <T> void lowest(RestanteOptions.Builder builder, Bounded<T> option) {
    option.set(builder, option.min);
  }

  @Test
  void theDefaultsAreThoseOfTheJavadoc() {
    RestanteOptions defaults = RestanteOptions.defaults();
    assertThat(defaults.minimumDurability()).isEqualTo(Durability.LOCAL);
    assertThat(defaults.maxBodyBytes()).isEqualTo(65_536);
    assertThat(defaults.maxQueuedMessages()).isEqualTo(100_000);
    assertThat(defaults.maxQueuedBytes()).isEqualTo(67_108_864);
    assertThat(defaults.maxQueuedReads()).isEqualTo(10_000);
    assertThat(defaults.dedupWindow()).isEqualTo(Duration.ofDays(7));
    assertThat(defaults.maxResends()).isEqualTo(5);
    assertThat(defaults.dormantAfter()).isEqualTo(Duration.ofDays(30));
    assertThat(defaults.leaseDuration()).isEqualTo(Duration.ofSeconds(15));
  }

  @Test
  @SuppressWarnings("NullAway") // what a caller without null checking may hand in
  void nothingIsNoValue() {
    assertThatNullPointerException()
        .isThrownBy(() -> RestanteOptions.builder().dedupWindow(null))
        .withMessage("dedupWindow");
    assertThatNullPointerException()
        .isThrownBy(() -> RestanteOptions.builder().uncountedKinds(null))
        .withMessage("uncountedKinds");
  }

  @Test
  void aQueueOfLessThanNothingIsNamedBesideABodyOfLess() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RestanteOptions.builder().maxBodyBytes(-2).maxQueuedBytes(-1).build())
        .withMessageContaining("maxBodyBytes")
        .withMessageContaining("maxQueuedBytes must be 1 to 1099511627776, is -1");
  }
}
