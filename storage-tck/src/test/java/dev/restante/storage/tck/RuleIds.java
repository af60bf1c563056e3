package dev.restante.storage.tck;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The rules that the suite tests. */
final class RuleIds {
  private RuleIds() {}

  static List<Method> tests() {
    return Arrays.stream(StoreContract.class.getMethods())
        .filter(method -> method.isAnnotationPresent(Test.class))
        .sorted(Comparator.comparing(Method::getName))
        .toList();
  }

  static String of(Method test) {
    Tag tag = test.getAnnotation(Tag.class);
    if (tag == null) {
      throw new AssertionError(test + " names no rule");
    }
    return tag.value();
  }
}
