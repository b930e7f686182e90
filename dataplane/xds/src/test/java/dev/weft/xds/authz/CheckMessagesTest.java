package dev.weft.xds.authz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.BoolValue;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.inbound.ConnectedPeer;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.QueryEdits;
import dev.weft.engine.spi.CheckCodec;
import dev.weft.engine.spi.CheckCodec.ConditionalHeader;
import dev.weft.xds.proto.AttributeContext;
import dev.weft.xds.proto.CheckRequest;
import dev.weft.xds.proto.CheckResponse;
import dev.weft.xds.proto.DeniedHttpResponse;
import dev.weft.xds.proto.HeaderValue;
import dev.weft.xds.proto.HeaderValueOption;
import dev.weft.xds.proto.HeaderValueOption.HeaderAppendAction;
import dev.weft.xds.proto.HttpStatus;
import dev.weft.xds.proto.OkHttpResponse;
import dev.weft.xds.proto.QueryParameter;
import dev.weft.xds.proto.Status;
import dev.weft.xds.proto.StatusCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Envoy's service.auth.v3. */
class CheckMessagesTest {

  private final CheckMessages messages = new CheckMessages(() -> Instant.ofEpochSecond(7));

  private static final class Asked implements InboundRequest {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String path() {
      return "/a?b";
    }

    @Override
    public String authority() {
      return "catalog";
    }

    @Override
    public String protocol() {
      return "HTTP/1.1";
    }

    @Override
    public ConnectedPeer peer() {
      return new ConnectedPeer("spiffe://a/ns/b/sa/c", false, "catalog.shop", "");
    }

    @Override
    public InetSocketAddress remoteAddress() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), 5000);
    }

    @Override
    public InetSocketAddress localAddress() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080);
    }

    @Override
    public @Nullable String header(String name) {
      return null;
    }
  }

  /** AttributeContext: who asks what of whom. */
  @Test
  void asks() throws Exception {
    AttributeContext context =
        CheckRequest.parseFrom(
                messages.request(new Asked(), "/a?b", Map.of("x-request-id", "1", "a", "b"), null))
            .getAttributes();
    assertThat(context.getSource().getPrincipal()).isEqualTo("spiffe://a/ns/b/sa/c");
    assertThat(context.getSource().getAddress().getSocketAddress().getPortValue()).isEqualTo(5000);
    assertThat(context.getDestination().getAddress().getSocketAddress().getPortValue())
        .isEqualTo(8080);
    assertThat(context.getTlsSession().getSni()).isEqualTo("catalog.shop");
    assertThat(context.getRequest().getTime().getSeconds()).isEqualTo(7);
    AttributeContext.HttpRequest http = context.getRequest().getHttp();
    assertThat(http.getId()).isEqualTo("1");
    assertThat(http.getPath()).isEqualTo("/a?b");
    assertThat(http.getHost()).isEqualTo("catalog");
    assertThat(http.getHeadersMap()).containsEntry("a", "b").containsEntry(":method", "GET");
  }

  /** AttributeContext.HttpRequest: body, or raw_body with pack_as_bytes. */
  @Test
  void showsTheBody() throws Exception {
    AttributeContext.HttpRequest text =
        shown(new CheckCodec.Body("é".getBytes(UTF_8), false, false));
    assertThat(text.getBody()).isEqualTo("é");
    assertThat(text.getRawBody()).isEmpty();
    AttributeContext.HttpRequest bytes = shown(new CheckCodec.Body(new byte[] {-1}, false, true));
    assertThat(bytes.getBody()).isEmpty();
    assertThat(bytes.getRawBody().byteAt(0)).isEqualTo((byte) -1);
  }

  private AttributeContext.HttpRequest shown(CheckCodec.Body body) throws Exception {
    return CheckRequest.parseFrom(messages.request(new Asked(), "/", Map.of(), body))
        .getAttributes()
        .getRequest()
        .getHttp();
  }

  private static Value.Builder value() {
    return Value.newBuilder();
  }

  private static QueryParameter parameter(String name, String value) {
    return QueryParameter.newBuilder().setKey(name).setValue(value).build();
  }

  private static HeaderValueOption header(String name, String value, boolean append) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
        .setAppend(BoolValue.of(append))
        .build();
  }

  /** OkHttpResponse: headers are set, unless append or, for responses, append_action says else. */
  @Test
  void readsWhatIsAllowed() {
    CheckResponse response =
        CheckResponse.newBuilder()
            .setStatus(Status.getDefaultInstance())
            .setOkResponse(
                OkHttpResponse.newBuilder()
                    .addHeaders(header("X-User", "a", false))
                    .addHeaders(header("x-more", "b", true))
                    .addHeadersToRemove("X-Gone")
                    .addQueryParametersToSet(parameter("a", "1"))
                    .addQueryParametersToSet(parameter("a", "2"))
                    .addQueryParametersToSet(parameter("b", "3"))
                    .addQueryParametersToRemove("b")
                    .addResponseHeadersToAdd(header("x-ok", "c", false))
                    .addResponseHeadersToAdd(header("x-plain", "d", true).toBuilder().clearAppend())
                    .addResponseHeadersToAdd(
                        header("x-absent", "e", true).toBuilder()
                            .clearAppend()
                            .setAppendAction(HeaderAppendAction.ADD_IF_ABSENT)))
            .setDynamicMetadata(
                Struct.newBuilder()
                    .putFields("tier", value().setStringValue("gold").build())
                    .putFields("nothing", value().setNullValue(NullValue.NULL_VALUE).build())
                    .putFields(
                        "of",
                        value()
                            .setStructValue(
                                Struct.newBuilder()
                                    .putFields("n", value().setNumberValue(1).build())
                                    .putFields(
                                        "all",
                                        value()
                                            .setListValue(
                                                ListValue.newBuilder()
                                                    .addValues(value().setBoolValue(true)))
                                            .build()))
                            .build()))
            .build();
    assertThat(messages.answer(response.toByteArray()))
        .isEqualTo(
            new CheckCodec.Allowed(
                new HeaderEdits(
                    List.of("x-gone"),
                    List.of(new Header("x-user", "a")),
                    List.of(new Header("x-more", "b"))),
                new QueryEdits(Set.of("b"), Map.of("a", "2")),
                new HeaderEdits(
                    List.of(),
                    List.of(new Header("x-ok", "c")),
                    List.of(new Header("x-plain", "d"))),
                List.of(new ConditionalHeader(new Header("x-absent", "e"), false)),
                Map.of("tier", "gold", "of", Map.of("n", 1.0, "all", List.of(true)))));
  }

  /** DeniedHttpResponse: 403 unless it says otherwise. */
  @Test
  void readsWhatIsRefused() {
    CheckResponse.Builder response =
        CheckResponse.newBuilder().setStatus(Status.newBuilder().setCode(7));
    assertThat(messages.answer(response.build().toByteArray()))
        .isEqualTo(new CheckCodec.Refused(403, List.of(), ""));
    response.setDeniedResponse(
        DeniedHttpResponse.newBuilder()
            .setStatus(HttpStatus.newBuilder().setCode(StatusCode.Unauthorized))
            .addHeaders(header("x-why", "no", false))
            .addHeaders(header("x-nothing", "no", true))
            .addHeaders(header("set-cookie", "a", false))
            .addHeaders(header("set-cookie", "b", false))
            .setBody("who?"));
    assertThat(messages.answer(response.build().toByteArray()))
        .isEqualTo(
            new CheckCodec.Refused(
                401,
                List.of(
                    new Header("x-why", "no"),
                    new Header("set-cookie", "a"),
                    new Header("set-cookie", "b")),
                "who?"));
    response.setStatus(Status.getDefaultInstance());
    assertThatThrownBy(() -> messages.answer(response.build().toByteArray()))
        .as("OK, with a refusal")
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> messages.answer(new byte[] {1}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
