package org.chmr;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Loads the native library, from the first of these that applies:
 *
 * <ol>
 *   <li>{@code -Dchmr.library.skip=true}: not at all; the host has loaded it by itself.
 *   <li>{@code -Dchmr.library.path=FILE}: that file.
 *   <li>the library of this platform in the jar, {@code natives/<os>-<arch>/}, unpacked once into a folder named by its
 *       content: {@code -Dchmr.library.cache=FOLDER}, or else {@code chmr} in the user's cache folder, or, where that
 *       cannot be written, in the folder for temporary files. No other file stays behind, and versions do not mix.
 * </ol>
 */
final class NativeLoader {
  /** Why the library could not be loaded: later calls, which the virtual machine refuses without a reason, tell it too. */
  private static volatile Throwable failure;

  private NativeLoader() {}

  /** As {@link #load}; what it throws is kept for {@link #failure}. */
  static void loadOnce() {
    try {
      load();
    } catch (RuntimeException | Error e) {
      failure = e;
      throw e;
    }
  }

  /** Why the library is not there; null if that is not known. */
  static Throwable failure() {
    return failure;
  }

  /** Throws {@link UnsatisfiedLinkError} with what was tried. */
  static void load() {
    if (Boolean.getBoolean("chmr.library.skip")) return;
    String path = System.getProperty("chmr.library.path");
    if (path != null) {
      try {
        System.load(Paths.get(path).toAbsolutePath().toString());
      } catch (InvalidPathException | UnsatisfiedLinkError e) {
        throw failure("loading chmr's library from -Dchmr.library.path=" + path, e);
      }
      return;
    }
    String platform = platform();
    String resource = "/natives/" + platform + "/" + System.mapLibraryName("chmr_jni");
    byte[] library;
    try (InputStream in = NativeLoader.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new UnsatisfiedLinkError(
            "chmr has no library for " + platform + " (" + resource + "); name one by -Dchmr.library.path=FILE");
      }
      library = in.readAllBytes();
    } catch (IOException e) {
      throw failure("reading " + resource, e);
    }
    List<UnsatisfiedLinkError> tried = new ArrayList<>();
    for (Path folder : folders()) {
      try {
        System.load(unpack(library, folder).toString());
        return;
      } catch (IOException | UnsatisfiedLinkError e) {
        UnsatisfiedLinkError failure =
            failure(
                "loading chmr's library from " + folder + " (if programs cannot be run from there, name another folder"
                    + " by -Dchmr.library.cache=FOLDER)",
                e);
        tried.add(failure);
      }
    }
    // All of it in words, as messages travel farther than causes.
    UnsatisfiedLinkError all =
        new UnsatisfiedLinkError(tried.stream().map(Throwable::getMessage).collect(Collectors.joining("; ")));
    all.initCause(tried.get(0).getCause());
    tried.stream().skip(1).forEach(all::addSuppressed);
    throw all;
  }

  /** Such as {@code linux-x86_64}. */
  static String platform() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    String system = os.startsWith("windows") ? "windows" : os.startsWith("mac") ? "macos" : "linux";
    switch (arch) {
      case "amd64":
      case "x86_64":
        return system + "-x86_64";
      case "arm64":
      case "aarch64":
        return system + "-aarch64";
      default:
        return system + "-" + arch;
    }
  }

  private static Path[] folders() {
    String set = System.getProperty("chmr.library.cache");
    if (set != null) return new Path[] {Paths.get(set).toAbsolutePath()};
    String cache = System.getenv("XDG_CACHE_HOME");
    if (cache == null || cache.isEmpty()) cache = System.getProperty("user.home", ".") + "/.cache";
    String user = System.getProperty("user.name", "user").replaceAll("[^A-Za-z0-9_-]", "_");
    return new Path[] {
      Paths.get(cache, "chmr").toAbsolutePath(),
      Paths.get(System.getProperty("java.io.tmpdir", "."), "chmr-" + user).toAbsolutePath(),
    };
  }

  /** The library's file in {@code folder}, written if it is not there whole. */
  static Path unpack(byte[] library, Path folder) throws IOException {
    Path home = folder.resolve(sha256(library).substring(0, 32));
    Path file = home.resolve(System.mapLibraryName("chmr_jni"));
    if (Files.isRegularFile(file) && java.util.Arrays.equals(Files.readAllBytes(file), library)) return file;
    Files.createDirectories(home);
    restrict(home);
    Path draft = Files.createTempFile(home, "draft", ".tmp");
    try {
      Files.write(draft, library);
      try {
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (FileAlreadyExistsException raced) {
        // Another process was first, with the same content: the folder's name says so.
      }
    } finally {
      Files.deleteIfExists(draft);
    }
    return file;
  }

  /** Nobody else may put a library there. */
  private static void restrict(Path folder) throws IOException {
    try {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    } catch (UnsupportedOperationException notPosix) {
      // The user's own folders are the user's own there.
    }
  }

  private static String sha256(byte[] data) {
    try {
      StringBuilder hex = new StringBuilder();
      for (byte b : MessageDigest.getInstance("SHA-256").digest(data)) hex.append(String.format("%02x", b));
      return hex.toString();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has SHA-256
    }
  }

  private static UnsatisfiedLinkError failure(String doing, Throwable cause) {
    UnsatisfiedLinkError e = new UnsatisfiedLinkError(doing + ": " + told(cause));
    e.initCause(cause);
    return e;
  }

  /** A cause in words: the message of many an I/O exception is a path alone. */
  private static String told(Throwable cause) {
    String message = cause.getMessage();
    if (cause instanceof UnsatisfiedLinkError && message != null) return message;
    return cause.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }
}
