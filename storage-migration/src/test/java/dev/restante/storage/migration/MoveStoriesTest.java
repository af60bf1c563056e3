package dev.restante.storage.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.migration.MoveStory.Broken;
import dev.restante.storage.migration.MoveStory.Eyes;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever goes wrong, a move loses and repeats nothing; and the stories would notice. */
final class MoveStoriesTest {
  private static final long STORIES = Long.getLong("restante.move.stories", 400);
  private static final long FIRST = Long.getLong("restante.move.seed", 1);
  private static final long MOST_FOR_A_MUTANT = 3_000;

  @Test
  void nothingIsLostOrRepeated() {
    int deaths = 0;
    int landedLate = 0;
    int calledOff = 0;
    int inTheStorm = 0;
    for (long seed = FIRST; seed < FIRST + STORIES; seed++) {
      MoveStory story = told(seed, Eyes.SOUND);
      deaths += story.deaths;
      landedLate += story.landedLate;
      calledOff += story.calledOff;
      inTheStorm += story.doneInTheStorm ? 1 : 0;
    }
    System.out.printf(
        "%d moves: %d deaths, %d calls landed late, %d switches called off, %d done in the storm%n",
        STORIES, deaths, landedLate, calledOff, inTheStorm);
    assertThat(deaths).isGreaterThan((int) STORIES / 2);
    assertThat(landedLate).isGreaterThan((int) STORIES / 2);
    assertThat(calledOff).isGreaterThan((int) STORIES / 50);
    assertThat(inTheStorm).isGreaterThan((int) STORIES / 10);
  }

  private static MoveStory told(long seed, Eyes eyes) {
    MoveStory story = new MoveStory(seed, eyes);
    try {
      story.run();
    } catch (Broken | RuntimeException e) {
      throw new AssertionError(
          "story %d (-Drestante.move.seed=%d): %s".formatted(seed, seed, e), e);
    }
    return story;
  }

  static Stream<MoveMutants.Mutant> mutants() {
    return MoveMutants.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mutants")
  void aMutantIsCaught(MoveMutants.Mutant mutant) {
    for (long seed = 1; seed <= MOST_FOR_A_MUTANT; seed++) {
      try {
        new MoveStory(seed, mutant.eyes()).run();
      } catch (Broken e) {
        System.out.printf(
            "a move that %s: story %d: %s%n",
            mutant.deed(), seed, String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        return;
      }
    }
    throw new AssertionError("No story catches a move that " + mutant.deed());
  }
}
