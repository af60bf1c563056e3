package dev.restante.storage.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.tck.MemoryCells.Form;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The proof can fail: it finds each rule of the protocol broken. */
final class CellMutantTest {
  private static final List<String> TABLE = new ArrayList<>();

  /** How often who wants the same cells as another may look in vain. */
  static final int LOOKS = 15;

  static Stream<Arguments> mutants() {
    Stream<Arguments> all =
        Stream.of(Form.values())
            .flatMap(form -> CellMutants.all().map(mutant -> Arguments.of(mutant, form)));
    return Stream.concat(
        all, CellMutants.eager().map(mutant -> Arguments.of(mutant, Form.ALL_AT_ONCE)));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("mutants")
  void theProofFails(CellMutants.Mutant mutant, Form form) {
    CellProof proof = new CellProof(mutant.making(), form);
    Map<String, Runnable> ways = new LinkedHashMap<>();
    ways.put("deaths", proof::everyDeath);
    ways.put("late landings", proof::everyLateLanding);
    ways.put("looks", () -> assertThat(proof.mostLooksInVain(100)).isBetween(1, LOOKS));
    ways.put("orders by chance", () -> proof.ordersByChance(100));
    ways.put("orders", proof::everyOrder);
    Optional<String> found =
        ways.entrySet().stream()
            .filter(way -> fails(way.getValue()))
            .map(Map.Entry::getKey)
            .findFirst();
    assertThat(found).as("what finds %s", mutant).isPresent();
    TABLE.add("%-68s | %-13s | %s".formatted(mutant, form, found.orElseThrow()));
  }

  private static boolean fails(Runnable proof) {
    try {
      proof.run();
      return false;
    } catch (AssertionError e) {
      return true;
    }
  }

  @AfterAll
  static void printTheTable() throws IOException {
    String table = String.join("\n", TABLE) + "\n";
    System.out.print(table);
    Files.writeString(Path.of("target", "cell-mutants.txt"), table, UTF_8);
  }
}
