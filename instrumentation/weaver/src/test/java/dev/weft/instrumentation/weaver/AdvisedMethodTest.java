package dev.weft.instrumentation.weaver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.instrumentation.api.WovenTypes;
import dev.weft.instrumentation.weaver.module.HalfInstrumentation;
import dev.weft.instrumentation.weaver.module.SubjectInstrumentation;
import dev.weft.instrumentation.weaver.subject.Insider;
import dev.weft.instrumentation.weaver.subject.Outsider;
import dev.weft.instrumentation.weaver.subject.Subject;
import java.util.List;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A class woven in this JVM, and called. */
class AdvisedMethodTest {

  private static Weaver weaver;

  @BeforeAll
  static void weave() throws ReflectiveOperationException {
    ClassLoader agentLoader = new ClassLoader(AdvisedMethodTest.class.getClassLoader()) {};
    weaver =
        Weaver.install(
            ByteBuddyAgent.install(),
            agentLoader,
            Catalog.of(List.of(new SubjectInstrumentation(), new HalfInstrumentation())));
  }

  @BeforeEach
  void forget() {
    Subject.EVENTS.clear();
  }

  @Test
  void adviceGetsTheCallersArgumentsAtTheExitToo() {
    Subject subject = new Subject(5);
    Subject.EVENTS.clear();

    assertThat(subject.changesItsArguments(2, 3, 0.5, "d")).isEqualTo(5.5 + "d7014".length());
    assertThat(subject.changesItsArguments(9, 99, 0.5, "d")).isEqualTo(101);

    assertThat(Subject.EVENTS)
        .containsExactly(
            "before 2 3 d", "after 2 3 0.5 d 2 10.5", "before 9 99 d", "after 9 99 0.5 d 9 101.0");
  }

  @Test
  void aConstructorHasAdviceWhenItIsDone() {
    Subject unused = new Subject(5);

    assertThat(Subject.EVENTS).containsExactly("constructed", "after 5");
  }

  @Test
  void whatIsThrownIsSeenAndThrown() {
    assertThat(Subject.divides(7, 2)).isEqualTo(3);
    assertThatThrownBy(() -> Subject.divides(7, 0)).isInstanceOf(ArithmeticException.class);

    assertThat(Subject.EVENTS).containsExactly("divides", "7 -> 3", "divides", "7 -> 0 / by zero");
  }

  @Test
  void theMethodsOwnHandlersComeFirst() {
    Subject subject = new Subject(1);
    Subject.EVENTS.clear();

    assertThat(subject.catches("5")).isEqualTo("number 5");
    assertThat(subject.catches("x")).isEqualTo("no number");
    assertThatThrownBy(() -> subject.catches("0")).hasMessage("zero");

    assertThat(Subject.EVENTS)
        .containsExactly(
            "finally number 5",
            "5 -> number 5",
            "finally none",
            "x -> no number",
            "finally number 0",
            "0 -> null zero");
  }

  @Test
  void aMethodMayBeginWithALoopOrBeEmpty() {
    Subject subject = new Subject(1);
    Subject.EVENTS.clear();

    assertThat(Subject.loops(20)).isEqualTo(10);
    subject.isEmpty();

    assertThat(Subject.EVENTS).containsExactly("20 -> 10", "7 and null");
  }

  @Test
  void adviceAnswersInTheMethodsPlace() {
    Subject subject = new Subject(1);
    Subject.EVENTS.clear();

    subject.answers(true);
    subject.answers(false);
    assertThat(subject.answersWithText("")).isEqualTo("empty");
    assertThat(subject.answersWithText("text")).isEqualTo("text");

    assertThat(Subject.EVENTS)
        .containsExactly(
            "answered true", "ran", "answered false", "returned empty", "ran", "returned text");
  }

  @Test
  void adviceChangesWhatIsReturned() {
    Subject subject = new Subject(6);

    assertThat(subject.assigns(21)).isEqualTo(42);
    assertThat(subject.assignsReference("text").get()).isEqualTo("text gave text6");
    assertThat(subject.twice("text")).isEqualTo("text 2 first");
  }

  @Test
  void aMethodIsRunAgain() {
    assertThat(new Subject(1).repeats()).isEqualTo(3);
  }

  @Test
  void fieldsAreRead() {
    Subject subject = new Subject(6);
    Subject.EVENTS.clear();

    assertThat(subject.fields(7)).isEqualTo(42);

    assertThat(Subject.EVENTS).containsExactly("fields 6 40", "count 0 7");
  }

  @Test
  void adviceThatFailsOrDoesNotFitChangesNothing() {
    long before = weaver.failures();

    assertThat(new Subject(1).failsToAdvise(5)).isEqualTo(5);

    assertThat(weaver.failures()).isEqualTo(before + 2);
    assertThat(Subject.EVENTS).doesNotContain("never run");
  }

  @Test
  void adviceThatCouldNotBeLinkedForWantOfStackIsLinkedLater() {
    Subject subject = new Subject(1);

    assertThat(calledFromWhereTheStackEnds(subject)).isIn(21, 42);

    assertThat(subject.linkedLate(21)).isEqualTo(42);
  }

  /** The first call that gets through at all. */
  @SuppressWarnings("InfiniteRecursion") // until the stack ends
  private static int calledFromWhereTheStackEnds(Subject subject) {
    try {
      return calledFromWhereTheStackEnds(subject);
    } catch (StackOverflowError e) {
      return subject.linkedLate(21);
    }
  }

  @Test
  void whatHasItsAdviceKeepsItWhereTheModuleStaysOut() throws Exception {
    Insider insider = new Insider();
    assertThat(insider.name()).isEqualTo("insider first");
    assertThat(new Outsider().name()).isEqualTo("outsider");

    ByteBuddyAgent.install().retransformClasses(Insider.class);

    assertThat(insider.name()).isEqualTo("insider first");
    assertThat(WovenTypes.contains(Insider.class)).isTrue();
    assertThat(WovenTypes.contains(Outsider.class)).isFalse();
    ClassLoader library = getClass().getClassLoader();
    assertThat(WovenTypes.containsAll("half", library)).isFalse();
    assertThat(WovenTypes.containsAll("subject", library)).isTrue();
  }
}
