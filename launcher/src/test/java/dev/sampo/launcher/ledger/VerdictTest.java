package dev.sampo.launcher.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

final class VerdictTest {
  private static final Finding PASS = Finding.pass("held", "4 steps");
  private static final Finding UNKNOWN = Finding.unknown("unseen", "nothing was logged");
  private static final Finding FAIL = Finding.fail("broken", "first=3");

  @Test
  void theWorstFindingDecides() {
    assertEquals(Outcome.PASS, new Verdict(List.of(PASS, PASS)).outcome());
    assertEquals(Outcome.UNKNOWN, new Verdict(List.of(PASS, UNKNOWN, PASS)).outcome());
    assertEquals(Outcome.FAIL, new Verdict(List.of(FAIL, UNKNOWN, PASS)).outcome());
  }

  @Test
  void noCheckAtAllIsNoPass() {
    assertEquals(Outcome.UNKNOWN, new Verdict(List.of()).outcome());
  }

  @Test
  void scriptsCanTellThemApart() {
    assertEquals(0, Outcome.PASS.exitCode());
    assertEquals(1, Outcome.FAIL.exitCode());
    assertEquals(2, Outcome.UNKNOWN.exitCode());
  }

  @Test
  void peopleAndProgramsReadTheSame() {
    Verdict verdict = new Verdict(List.of(PASS, FAIL));
    assertEquals(
        List.of("pass     held: 4 steps", "fail     broken: first=3", "verdict: fail"),
        verdict.lines());
    ObjectNode report = new ObjectMapper().createObjectNode();
    verdict.addTo(report);
    assertEquals(
        """
        {"verdict":"fail","findings":[\
        {"check":"held","outcome":"pass","text":"4 steps"},\
        {"check":"broken","outcome":"fail","text":"first=3"}]}\
        """,
        report.toString());
  }
}
