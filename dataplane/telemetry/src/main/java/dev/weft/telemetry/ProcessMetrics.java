package dev.weft.telemetry;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.SummaryWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.File;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.lang.management.OperatingSystemMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The process and its JVM, by the names that Prometheus' Java client gives them, so that dashboards
 * made for it show them. The JVM's management beans are looked at when somebody scrapes and not
 * before: loading them starts JMX, which the application may still want to set up.
 */
final class ProcessMetrics {

  private ProcessMetrics() {}

  /** A runtime made by jlink may lack what there is to look at. */
  private static boolean has(String module) {
    return ModuleLayer.boot().findModule(module).isPresent();
  }

  static void register(PrometheusRegistry registry) {
    if (!has("java.management")) {
      return;
    }
    if (has("jdk.management")) {
      processorTime(registry);
    }
    process(registry);
    memory(registry);
    threads(registry);
    classes(registry);
    SummaryWithCallback.builder()
        .name("jvm_gc_collection_seconds")
        .help("Time spent in a given JVM garbage collector in seconds.")
        .unit(Unit.SECONDS)
        .labelNames("gc")
        .callback(
            callback -> {
              for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
                callback.call(
                    Math.max(0, gc.getCollectionCount()),
                    Math.max(0, gc.getCollectionTime()) / 1e3,
                    Quantiles.EMPTY,
                    gc.getName());
              }
            })
        .register(registry);
  }

  private static void processorTime(PrometheusRegistry registry) {
    CounterWithCallback.builder()
        .name("process_cpu_seconds_total")
        .help("Total user and system CPU time spent in seconds.")
        .unit(Unit.SECONDS)
        .callback(
            callback -> {
              if (ManagementFactory.getOperatingSystemMXBean()
                  instanceof com.sun.management.OperatingSystemMXBean system) {
                callback.call(system.getProcessCpuTime() / 1e9);
              }
            })
        .register(registry);
  }

  private static void process(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("process_start_time_seconds")
        .help("Start time of the process since unix epoch in seconds.")
        .unit(Unit.SECONDS)
        .callback(
            callback -> callback.call(ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3))
        .register(registry);
    GaugeWithCallback.builder()
        .name("process_open_fds")
        .help("Number of open file descriptors.")
        .callback(
            callback -> {
              String[] open = new File("/proc/self/fd").list();
              if (open != null) {
                callback.call(open.length);
              }
            })
        .register(registry);
    GaugeWithCallback.builder()
        .name("process_resident_memory_bytes")
        .help("Resident memory size in bytes.")
        .unit(Unit.BYTES)
        .callback(
            callback -> {
              Long resident = resident();
              if (resident != null) {
                callback.call((double) resident);
              }
            })
        .register(registry);
    GaugeWithCallback.builder()
        .name("system_load_average_1m")
        .help("Load average of the last minute, of the whole machine.")
        .callback(
            callback -> {
              OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
              if (system.getSystemLoadAverage() >= 0) {
                callback.call(system.getSystemLoadAverage());
              }
            })
        .register(registry);
  }

  /** Null where there is no Linux to ask. */
  private static @Nullable Long resident() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmRSS:")) {
          return 1024 * Long.parseLong(line.replaceAll("\\D+", ""));
        }
      }
    } catch (IOException e) {
      // Another system: it isn't shown.
    }
    return null;
  }

  private static void memory(PrometheusRegistry registry) {
    memory(registry, "jvm_memory_used_bytes", "Used bytes of an area.", MemoryUsage::getUsed);
    memory(
        registry,
        "jvm_memory_committed_bytes",
        "Committed bytes of an area.",
        MemoryUsage::getCommitted);
    memory(registry, "jvm_memory_max_bytes", "Most bytes of an area.", MemoryUsage::getMax);
    GaugeWithCallback.builder()
        .name("jvm_memory_pool_used_bytes")
        .help("Used bytes of a memory pool.")
        .unit(Unit.BYTES)
        .labelNames("pool")
        .callback(
            callback -> {
              for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
                callback.call((double) pool.getUsage().getUsed(), pool.getName());
              }
            })
        .register(registry);
  }

  private static void memory(
      PrometheusRegistry registry, String name, String help, ToLongFunction<MemoryUsage> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .unit(Unit.BYTES)
        .labelNames("area")
        .callback(
            callback -> {
              var memory = ManagementFactory.getMemoryMXBean();
              callback.call((double) value.applyAsLong(memory.getHeapMemoryUsage()), "heap");
              callback.call((double) value.applyAsLong(memory.getNonHeapMemoryUsage()), "nonheap");
            })
        .register(registry);
  }

  private static void threads(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("jvm_threads_current")
        .help("Live threads.")
        .callback(callback -> callback.call(ManagementFactory.getThreadMXBean().getThreadCount()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("jvm_threads_daemon")
        .help("Live daemon threads.")
        .callback(
            callback -> callback.call(ManagementFactory.getThreadMXBean().getDaemonThreadCount()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("jvm_threads_peak")
        .help("Most threads that were alive at one time.")
        .callback(
            callback -> callback.call(ManagementFactory.getThreadMXBean().getPeakThreadCount()))
        .register(registry);
  }

  private static void classes(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("jvm_classes_currently_loaded")
        .help("Classes that are loaded.")
        .callback(
            callback ->
                callback.call(ManagementFactory.getClassLoadingMXBean().getLoadedClassCount()))
        .register(registry);
    CounterWithCallback.builder()
        .name("jvm_classes_loaded_total")
        .help("Classes that were loaded since the JVM began.")
        .callback(
            callback ->
                callback.call(
                    (double) ManagementFactory.getClassLoadingMXBean().getTotalLoadedClassCount()))
        .register(registry);
  }
}
