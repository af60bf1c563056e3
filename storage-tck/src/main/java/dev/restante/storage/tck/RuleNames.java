package dev.restante.storage.tck;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayNameGenerator;

/** Shows {@code C1_aConflictWritesNothing} as {@code C1 a conflict writes nothing}. */
final class RuleNames extends DisplayNameGenerator.Standard {
  @Override
  public String generateDisplayNameForMethod(
      List<Class<?>> enclosingInstanceTypes, Class<?> testClass, Method testMethod) {
    String name = testMethod.getName();
    int end = name.indexOf('_');
    if (end < 0) {
      return super.generateDisplayNameForMethod(enclosingInstanceTypes, testClass, testMethod);
    }
    String words = name.substring(end + 1).replaceAll("(\\p{Lu})", " $1");
    return name.substring(0, end) + " " + words.toLowerCase(Locale.ROOT);
  }
}
