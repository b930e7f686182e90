package dev.weft.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Arrows point one way and down, in all that the agent's jar carries. */
@AnalyzeClasses(packages = "dev.weft", importOptions = ImportOption.DoNotIncludeTests.class)
class HouseTest {

  private static final String[] DATA_PLANE_BUT_ENGINE = {
    "dev.weft.identity..",
    "dev.weft.jwt..",
    "dev.weft.remote..",
    "dev.weft.telemetry..",
    "dev.weft.workload..",
    "dev.weft.xds.."
  };

  @ArchTest
  static final ArchRule instrumentationSeesTheEnginesApiAndNothingElse =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.instrumentation..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(DATA_PLANE_BUT_ENGINE)
          .orShould()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.weft.agent..", "dev.weft.engine.upstream..");

  @ArchTest
  static final ArchRule onlyTheWeaverWeaves =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.instrumentation..")
          .and()
          .resideOutsideOfPackage("dev.weft.instrumentation.weaver..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.weft.instrumentation.weaver..");

  @ArchTest
  static final ArchRule theWeaverKnowsNothingOfMeshes =
      noClasses()
          .that()
          .resideInAnyPackage("dev.weft.instrumentation.weaver..", "dev.weft.instrumentation.api..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.weft.engine..");

  @ArchTest
  static final ArchRule theEngineSeesNothingOfOurs =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.engine..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(DATA_PLANE_BUT_ENGINE)
          .orShould()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.weft.agent..", "dev.weft.instrumentation..");

  @ArchTest
  static final ArchRule theDataPlaneDoesNotKnowWhoCarries =
      noClasses()
          .that()
          .resideInAnyPackage(DATA_PLANE_BUT_ENGINE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.weft.agent..", "dev.weft.instrumentation..");

  @ArchTest
  static final ArchRule identityTelemetryAndConfigurationDoNotKnowOneAnother =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.identity..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.weft.telemetry..", "dev.weft.xds..", "dev.weft.workload..");

  @ArchTest
  static final ArchRule theRemoteClientKnowsTheEngineAlone =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.remote..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.weft.identity..",
              "dev.weft.telemetry..",
              "dev.weft.workload..",
              "dev.weft.xds..");
}
