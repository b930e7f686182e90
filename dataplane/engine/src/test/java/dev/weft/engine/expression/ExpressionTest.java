package dev.weft.engine.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.engine.expression.Expression.Read;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CEL's language definition, and Envoy's attributes. */
class ExpressionTest {

  private static final Map<Read, Object> REQUEST =
      Map.of(
          new Read(Attribute.RESPONSE_CODE, ""),
          503L,
          new Read(Attribute.REQUEST_METHOD, ""),
          "GET",
          new Read(Attribute.REQUEST_URL_PATH, ""),
          "/items/7",
          new Read(Attribute.REQUEST_HEADERS, "x-user"),
          "anna",
          new Read(Attribute.CONNECTION_MTLS, ""),
          true,
          new Read(Attribute.REQUEST_DURATION, ""),
          Duration.ofMillis(800));

  private static final Attributes ATTRIBUTES = (name, key) -> REQUEST.get(new Read(name, key));

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        // What Istio's docs of AccessLogging.Filter show.
        "response.code >= 400;true",
        "response.code >= 500 && response.code < 503;false",
        "!has(response.code) || response.code >= 500;true",
        "has(response.grpc_status);false",
        "request.headers['X-User'] == 'anna';true",
        "request.headers[\"x-user\"].startsWith(\"an\");true",
        "'x-user' in request.headers;true",
        "'x-other' in request.headers;false",
        "request.headers.referer == 'a';false",
        "request.url_path.startsWith('/items') && connection.mtls;true",
        "request.url_path.matches('^/items/[0-9]+$');true",
        "!(request.method in ['GET', 'HEAD']);false",
        "request.duration > duration('500ms');true",
        "request.duration > duration('1s');false",
        // No value: neither true nor false.
        "response.grpc_status == 0;false",
        "!(response.grpc_status == 0);false",
        // Unless the other side decides.
        "response.grpc_status == 0 || true;true",
        "true || response.grpc_status == 0;true",
        // Of different kinds.
        "response.code == '503';false",
        "response.code > '1';false",
        "response.code;false",
        "request.method + '!' == 'GET!';true",
        "size(request.method) == 3;true",
        "string(response.code) == '503';true",
        "int('7') + 1 == 8;true",
        "response.code == 503.0;true",
        "-1 < 0;true",
        "false && false || true;true"
      })
  void holds(String expression, boolean holds) {
    assertThat(Expression.parse(expression).holds(ATTRIBUTES)).isEqualTo(holds);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      nullValues = "null",
      value = {
        "'constant';constant",
        "request.method;GET",
        "response.code;503",
        "request.headers['x-none'];null",
        "has(request.headers['x-none']) ? request.headers['x-none'] : 'none';none",
        "response.code < 400 ? 'ok' : response.code < 500 ? 'client' : 'server';server"
      })
  void hasAValue(String expression, String value) {
    assertThat(Expression.parse(expression).text(ATTRIBUTES)).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "response.codes == 1;attribute response.codes is not supported",
        "metadata.filter_metadata['a'];attribute metadata.filter_metadata is not supported",
        "response.code =! 1;not understood at \"=! 1\"",
        "response.code ==;a value expected before its end",
        "(response.code == 1;\")\" expected before its end",
        "request.headers[request.method] == '';a key of request.headers must be a literal string",
        "upperAscii(request.method) == '';function upperAscii is not supported",
        "request.method.split(',');method split is not supported",
        "response.code 1;not understood at \"1\"",
        "request.duration > duration('soon');duration(\"soon\"): not one such as \"250ms\""
      })
  void whatIsNotUnderstoodIsSaid(String expression, String message) {
    assertThatThrownBy(() -> Expression.parse(expression))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void saysWhatItReads() {
    assertThat(Expression.parse("request.headers['A'] == '' || response.code > 1").reads())
        .containsExactlyInAnyOrder(
            new Read(Attribute.REQUEST_HEADERS, "a"), new Read(Attribute.RESPONSE_CODE, ""));
  }

  @Test
  void depthIsBounded() {
    assertThatThrownBy(() -> Expression.parse("(".repeat(1_000) + "true" + ")".repeat(1_000)))
        .hasMessage("nested too deeply");
  }
}
