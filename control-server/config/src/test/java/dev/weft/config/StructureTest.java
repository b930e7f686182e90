package dev.weft.config;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The command line's {@code analyze} uses this module as it is, so it must stay pure. */
@AnalyzeClasses(packages = "dev.weft.config", importOptions = ImportOption.DoNotIncludeTests.class)
class StructureTest {

  @ArchTest
  static final ArchRule TOUCHES_NO_NETWORK_FILE_THREAD_OR_CLOCK =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.net..",
              "java.nio.channels..",
              "java.nio.file..",
              "java.util.concurrent..",
              "io.grpc..",
              "io.netty..")
          .orShould()
          .dependOnClassesThat()
          .belongToAnyOf(
              java.io.File.class, Thread.class, java.time.Clock.class, java.time.Instant.class);

  @ArchTest
  static final ArchRule MODEL_KNOWS_NEITHER_YAML_NOR_ENVOY =
      noClasses()
          .that()
          .resideInAPackage("..config.model..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.yaml..", "io.envoyproxy..", "..config.istio..");

  @ArchTest
  static final ArchRule ONLY_GENERATORS_KNOW_ENVOY =
      noClasses()
          .that()
          .resideOutsideOfPackage("..config.agent..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.envoyproxy..", "com.google.protobuf..");

  /** Of the data plane only the grammars of text that goes through to it. */
  @ArchTest
  static final ArchRule OF_THE_ENGINE_ONLY_GRAMMARS =
      noClasses()
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.weft.engine..")
                  .and(not(resideInAnyPackage("..engine.format", "..engine.expression"))));

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices().matching("dev.weft.config.(**)").should().beFreeOfCycles();
}
