package dev.restante.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of this repository, as far as somebody wrote them. */
final class Repository {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final Set<String> MADE = Set.of("target", ".git", "data", ".idea", "node_modules");

  private Repository() {}

  /** All files but those that a build makes, relative to the root. */
  static List<Path> files() {
    List<Path> found = new ArrayList<>();
    try {
      Files.walkFileTree(
          ROOT,
          new SimpleFileVisitor<Path>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
              return MADE.contains(String.valueOf(folder.getFileName()))
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              // in a linked work tree .git is a file
              if (!file.endsWith(".git") && !file.toString().endsWith(".log")) {
                found.add(ROOT.relativize(file));
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  static List<Path> files(String suffix) {
    return files().stream().filter(file -> file.toString().endsWith(suffix)).toList();
  }

  static String read(Path relative) {
    try {
      return Files.readString(ROOT.resolve(relative), java.nio.charset.StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String readText(String relative) {
    try {
      return Files.readString(ROOT.resolve(relative));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The folders of published modules: those of the build that the bill of materials lists. */
  static Set<String> publishedModules() {
    Set<String> modules = new TreeSet<>();
    Matcher artifact =
        Pattern.compile("<artifactId>restante-([a-z-]+)</artifactId>")
            .matcher(readText("bom/pom.xml").replaceAll("(?s)<parent>.*?</parent>", ""));
    while (artifact.find()) {
      modules.add(artifact.group(1));
    }
    modules.retainAll(modules());
    modules.remove("bom");
    return modules;
  }

  /** The folders of all modules that the build knows. */
  static Set<String> modules() {
    Set<String> modules = new TreeSet<>();
    Matcher module = Pattern.compile("<module>([^<]+)</module>").matcher(readText("pom.xml"));
    while (module.find()) {
      modules.add(module.group(1));
    }
    return modules;
  }
}
