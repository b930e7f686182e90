package dev.weft.controlserver;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.weft.controlserver", importOptions = DoNotIncludeTests.class)
class StructureTest {
  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices().matching("dev.weft.controlserver.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule STREAMS_DO_NOT_KNOW_WHAT_RESOURCES_MEAN =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.controlserver.xds")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.weft.config..",
              "dev.weft.controlserver.mesh",
              "dev.weft.controlserver.registration",
              "dev.weft.controlserver.source");

  @ArchTest
  static final ArchRule ONLY_THE_PROCESS_KNOWS_ITS_HTTP_SERVER =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.weft.controlserver", "dev.weft.controlserver.console")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.linecorp..");
}
