package org.chmr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLoaderTest {
  @Test
  void unpacksOnceByContent(@TempDir Path folder) throws Exception {
    byte[] one = "one".getBytes(StandardCharsets.UTF_8);
    Path file = NativeLoader.unpack(one, folder);
    assertArrayEquals(one, Files.readAllBytes(file));
    Object written = Files.getAttribute(file, "lastModifiedTime");
    assertEquals(file, NativeLoader.unpack(one, folder));
    assertEquals(written, Files.getAttribute(file, "lastModifiedTime"));
    assertNotEquals(file, NativeLoader.unpack("two".getBytes(StandardCharsets.UTF_8), folder));
    // A damaged copy is written anew.
    Files.write(file, new byte[] {1});
    assertArrayEquals(one, Files.readAllBytes(NativeLoader.unpack(one, folder)));
    try (Stream<Path> all = Files.walk(folder)) {
      assertEquals(2, all.filter(Files::isRegularFile).count(), "drafts were left behind");
    }
  }

  @Test
  void aVirtualMachineOfItsOwn(@TempDir Path folder) throws Exception {
    Path cache = folder.resolve("cache");
    assertTrue(java("-Dchmr.library.cache=" + cache).contains("0.1.0"));
    try (Stream<Path> all = Files.walk(cache)) {
      assertEquals(1, all.filter(Files::isRegularFile).count());
    }
    String library;
    try (Stream<Path> all = Files.walk(cache)) {
      library = all.filter(Files::isRegularFile).findFirst().orElseThrow().toString();
    }
    assertTrue(java("-Dchmr.library.path=" + library).contains("0.1.0"));
    String absent = java("-Dchmr.library.path=/absent.so");
    assertTrue(absent.contains("NO_LIBRARY") && absent.contains("/absent.so"), absent);
    assertTrue(java("-Dchmr.library.skip=true").contains("NO_LIBRARY"));
    Path blocked = Files.createFile(folder.resolve("file"));
    String reason = java("-Dchmr.library.cache=" + blocked);
    assertTrue(reason.contains("NO_LIBRARY") && reason.contains("chmr.library.cache"), reason);
    String other = java("-Dos.arch=sparc");
    assertTrue(other.contains("NO_LIBRARY") && other.contains("linux-sparc"), other);
  }

  @Test
  void aFolderThatForbidsPrograms(@TempDir Path folder) throws Exception {
    Path mounted = Files.createDirectory(folder.resolve("noexec"));
    String[] mount = {"mount", "-t", "tmpfs", "-o", "noexec,size=256m", "tmpfs", mounted.toString()};
    assumeTrue(ran(mount), "this user cannot mount a file system");
    try {
      String reason = java("-Dchmr.library.cache=" + mounted.resolve("cache"));
      assertTrue(reason.contains("NO_LIBRARY") && reason.contains("programs cannot be run from there"), reason);
      assertTrue(reason.contains("chmr.library.cache=FOLDER"), reason);
    } finally {
      assertTrue(ran("umount", mounted.toString()));
    }
  }

  private static boolean ran(String... command) throws Exception {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (java.io.IOException absent) {
      return false;
    }
  }

  private static String java(String property) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.add(property);
    String path = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(p -> p.contains("classes")).collect(Collectors.joining(File.pathSeparator));
    command.addAll(List.of("-cp", path, Version.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out;
  }

  /** Prints the library's version, or why there is none. */
  static final class Version {
    /** A second call says the same as the first, and why. */
    private static void again(ChmrException first) {
      try {
        Model.libraryVersion();
      } catch (ChmrException second) {
        if (second.getMessage().equals(first.getMessage()) && second.getCause() != null) return;
        System.out.println("but then: " + second.getMessage());
        System.exit(1);
      }
    }

    public static void main(String[] args) {
      try {
        System.out.println(Model.libraryVersion());
      } catch (ChmrException e) {
        System.out.println(e.getStatus() + " " + e.getMessage());
        again(e);
      }
    }
  }
}
