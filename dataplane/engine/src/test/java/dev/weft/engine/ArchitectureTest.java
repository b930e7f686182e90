package dev.weft.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packagesOf = Engine.class, importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule ENGINE_NEEDS_THE_JDK_ONLY =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.weft.engine..", "java..", "javax.net.ssl", "org.jspecify..");

  @ArchTest
  static final ArchRule MODEL_KNOWS_NOTHING_OF_REQUESTS =
      noClasses()
          .that()
          .resideInAPackage("..model")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..outbound", "..upstream");

  @ArchTest
  static final ArchRule BALANCING_KNOWS_NOTHING_OF_ROUTES =
      noClasses()
          .that()
          .resideInAPackage("..upstream")
          .should()
          .dependOnClassesThat()
          .haveSimpleNameContaining("Rout")
          .orShould()
          .dependOnClassesThat()
          .resideInAPackage("..inbound");

  /** Locks are for what changes rarely: configuration, and the list of listening ports. */
  @ArchTest
  static final ArchRule NO_SYNCHRONIZED_METHOD_ON_A_REQUESTS_WAY =
      methods()
          .that()
          .areDeclaredInClassesThat()
          .doNotHaveFullyQualifiedName(Engine.class.getName())
          .should()
          .notHaveModifier(JavaModifier.SYNCHRONIZED);

  /** The timer's own thread has to rest somehow. */
  @ArchTest
  static final ArchRule NO_LOCK_AND_NO_REFLECTION =
      noClasses()
          .that()
          .areNotAssignableTo(SystemTimer.class)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.util.concurrent.locks", "java.lang.reflect");

  @ArchTest
  static final ArchRule NOTHING_READS_A_CLOCK_BUT_THE_TIMER =
      noClasses()
          .that()
          .areNotAssignableTo(SystemTimer.class)
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Thread.class, "sleep", long.class);
}
