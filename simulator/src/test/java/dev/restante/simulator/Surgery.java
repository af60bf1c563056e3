package dev.restante.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.Restante;
import dev.restante.storage.memory.MemoryStorage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.JavaFileObject.Kind;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The engine without one of its protections: a few words of its source are replaced, what changed
 * is compiled again, and stories are told with it in a class loader of its own. So the hazard is
 * brought back where it was kept out, and the engine needs no hook for it.
 *
 * <p>A cut that does not find its place exactly once is an error: whoever changed that line looks
 * whether the protection is still there, and where.
 */
final class Surgery {
  private static final Path ROOT = Path.of("..");

  /**
   * One change of a source file.
   *
   * @param file the file, from the root of this repository
   * @param from what is there, exactly once
   * @param to what takes its place
   */
  record Cut(String file, String from, String to) {}

  private Surgery() {}

  /** A cut in a class of the engine. */
  static Cut engine(String type, String from, String to) {
    return new Cut("core/src/main/java/dev/restante/internal/" + type + ".java", from, to);
  }

  /** A cut in a class of the reference store. */
  static Cut store(String type, String from, String to) {
    return new Cut(
        "storage-memory/src/main/java/dev/restante/storage/memory/" + type + ".java", from, to);
  }

  /** Tells the story of a seed with the changed engine; see {@link Teller}. */
  static LongFunction<List<String>> after(List<Cut> cuts) {
    Map<String, String> sources = new LinkedHashMap<>();
    for (Cut cut : cuts) {
      String before = sources.containsKey(cut.file()) ? sources.get(cut.file()) : read(cut.file());
      int at = before.indexOf(cut.from());
      if (at < 0 || before.indexOf(cut.from(), at + 1) >= 0) {
        throw new IllegalStateException(
            "%s does not have exactly one '%s' any more; see whether it still keeps the hazard out"
                .formatted(cut.file(), cut.from()));
      }
      sources.put(cut.file(), before.replace(cut.from(), cut.to()));
    }
    return teller(new Loader(compile(sources)));
  }

  private static String read(String file) {
    try {
      return Files.readString(ROOT.resolve(file));
    } catch (IOException e) {
      throw new IllegalStateException("the sources of " + file + " are needed", e);
    }
  }

  @SuppressWarnings("unchecked") // it is a Teller, of another loader
  private static LongFunction<List<String>> teller(ClassLoader loader) {
    try {
      Constructor<?> made = loader.loadClass(Teller.class.getName()).getDeclaredConstructor();
      made.setAccessible(true); // the same package of another loader is another package
      return (LongFunction<List<String>>) made.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- compiling --------------------------------------------------------------------------------

  private static Map<String, byte[]> compile(Map<String, String> sources) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    try (StandardJavaFileManager standard = compiler.getStandardFileManager(null, null, UTF_8);
        Classes classes = new Classes(standard);
        PrintWriter out = new PrintWriter(complaints, false, UTF_8)) {
      List<JavaFileObject> units = new ArrayList<>();
      sources.forEach((file, text) -> units.add(new Source(file, text)));
      boolean compiled =
          compiler
              .getTask(
                  out,
                  classes,
                  null,
                  List.of("-proc:none", "-cp", System.getProperty("java.class.path")),
                  null,
                  units)
              .call();
      out.flush();
      if (!compiled) {
        throw new IllegalStateException("does not compile: " + complaints.toString(UTF_8));
      }
      return classes.bytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String file, String text) {
      super(URI.create("cut:///" + file), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** Keeps what the compiler writes. */
  private static final class Classes extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> written = new HashMap<>();

    Classes(JavaFileManager standard) {
      super(standard);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String name, Kind kind, FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("cut:///" + name.replace('.', '/')), kind) {
        @Override
        public OutputStream openOutputStream() {
          return written.computeIfAbsent(name, any -> new ByteArrayOutputStream());
        }
      };
    }

    Map<String, byte[]> bytes() {
      Map<String, byte[]> bytes = new HashMap<>();
      written.forEach((name, stream) -> bytes.put(name, stream.toByteArray()));
      return bytes;
    }
  }

  // ---- loading ----------------------------------------------------------------------------------

  /** Has engine, reference store and simulator of its own; shares the vocabulary and the SPI. */
  private static final class Loader extends URLClassLoader {
    static {
      registerAsParallelCapable();
    }

    private final Map<String, byte[]> changed;

    Loader(Map<String, byte[]> changed) {
      super(
          new URL[] {
            home(Restante.class), home(MemoryStorage.class),
            home(Simulation.class), home(Surgery.class)
          },
          Surgery.class.getClassLoader());
      this.changed = changed;
    }

    private static URL home(Class<?> type) {
      return type.getProtectionDomain().getCodeSource().getLocation();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        return known != null ? known : find(name, resolve);
      }
    }

    private Class<?> find(String name, boolean resolve) throws ClassNotFoundException {
      byte[] bytes = changed.get(name);
      if (bytes != null) {
        return defineClass(name, bytes, 0, bytes.length);
      }
      boolean own = name.startsWith("dev.restante.");
      if (own && findResource(name.replace('.', '/') + ".class") != null) {
        return findClass(name);
      }
      return super.loadClass(name, resolve);
    }
  }

  /**
   * Tells stories in the loader that it was loaded by, and answers in words of the JDK: the names
   * of the invariants that were violated.
   */
  static final class Teller implements LongFunction<List<String>> {
    private final Simulation simulation;

    Teller() {
      this(Simulation.of(MemoryStorage::create));
    }

    Teller(Simulation simulation) {
      this.simulation = simulation;
    }

    @Override
    public List<String> apply(long seed) {
      return simulation.tell(seed).violations().stream()
          .map(violation -> violation.invariant().name())
          .distinct()
          .toList();
    }
  }
}
