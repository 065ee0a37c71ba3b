package org.chmr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.osgi.launch.EquinoxFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/** The jar as a bundle in Equinox, the framework beneath KNIME. */
class OsgiIT {
  @Test
  void theJarIsABundle(@TempDir Path folder) throws Exception {
    Map<String, String> configuration = new HashMap<>();
    configuration.put(Constants.FRAMEWORK_STORAGE, folder.toString());
    configuration.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    Framework framework = new EquinoxFactory().newFramework(configuration);
    framework.start();
    try {
      Path jar = Paths.get(System.getProperty("chmr.jar"));
      Bundle bundle = framework.getBundleContext().installBundle(jar.toUri().toString());
      bundle.start();
      assertEquals("org.chmr", bundle.getSymbolicName());
      assertEquals(Bundle.ACTIVE, bundle.getState());
      assertTrue(bundle.getHeaders().get(Constants.BUNDLE_NATIVECODE).startsWith("natives/"));
      Class<?> type = bundle.loadClass("org.chmr.Model");
      assertNotSame(Model.class, type, "the class comes from the bundle");
      try (AutoCloseable model = (AutoCloseable) type.getMethod("openDefault").invoke(null)) {
        int[] tasks = {0, 1, 2};
        float[] values = (float[]) type.getMethod("predictOne", String.class, int[].class).invoke(model, "CCO", tasks);
        for (float v : values) assertTrue(Float.isFinite(v));
      }
    } finally {
      framework.stop();
      framework.waitForStop(20_000);
    }
  }
}
